"""Bodies that pydantic checks, with errors in our words; pydantic is imported with the first of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cliprelay.errors import FieldComplaint
from cliprelay.orders.wording import field_name, in_our_words

if TYPE_CHECKING:
    from pydantic import BaseModel


class InvalidBody(Exception):
    """A body that is not what its route accepts."""

    def __init__(self, complaints: Sequence[FieldComplaint]) -> None:
        super().__init__()
        self.complaints = complaints


def body_of(kind: "Callable[[], type[BaseModel]]") -> Callable[[dict[str, Any]], Any]:
    """Return a reader of bodies of a type, which is built with the first of them; it raises InvalidBody."""

    def read(body: dict[str, Any]) -> Any:
        from pydantic import ValidationError

        try:
            return kind().model_validate(body)
        except ValidationError as error:
            raise InvalidBody([_complaint(each, kind()) for each in error.errors(include_url=False)]) from None

    return read


def _complaint(error: Mapping[str, Any], body: "type[BaseModel]") -> FieldComplaint:
    from cliprelay.api.http.accepted_values import values_in_words

    field = field_name(error["loc"] or ["body"])
    complaint = FieldComplaint(field=field, message=_message(error, body))
    if field in (accepted := values_in_words(body)):
        complaint["accepted"] = accepted[field]
    return complaint


def _message(error: Mapping[str, Any], body: "type[BaseModel]") -> str:
    if error["type"] == "extra_forbidden":
        return f"is not a field of this request; its fields are {', '.join(body.model_fields)}"
    return in_our_words(error)
