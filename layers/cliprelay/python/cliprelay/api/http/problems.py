"""Refusals as application/problem+json (RFC 9457)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from cliprelay.api.http.accepted_values import values_in_words
from cliprelay.api.http.error_codes import CODES
from cliprelay.errors import FieldComplaint, Refusal, invalid_request
from cliprelay.orders.wording import field_name, in_our_words
from cliprelay.video.states import Status

PROBLEM_JSON = "application/problem+json"

_PARAMETERS = {
    "limit": "an integer from 1 to 100",
    "after": "`next` of the previous page",
    "order": "one of asc, desc",
    "status": f"one of {', '.join(Status)}",
}


class HttpRefusal(Refusal):
    """An HTTP-specific refusal, with the headers that its status requires."""

    def __init__(self, code: str, detail: str, headers: Mapping[str, str]) -> None:
        super().__init__(code, detail)
        self.headers = dict(headers)


def problem_body(refusal: Refusal) -> dict[str, Any]:
    """Build the body: the standard's members, the stable `code` and the field errors."""
    status = CODES[refusal.code].status
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": refusal.code,
        "detail": refusal.detail,
        **refusal.facts,
    }
    return body | ({"errors": refusal.complaints} if refusal.complaints else {})


def problem_headers(refusal: Refusal) -> dict[str, str]:
    """Build the headers, except the content type."""
    waiting = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return {"Cache-Control": "no-store", **waiting, **(refusal.headers if isinstance(refusal, HttpRefusal) else {})}


def problem_event(refusal: Refusal) -> dict[str, Any]:
    """Build the response in payload format 2.0, for refusals before routing."""
    body, headers = problem_body(refusal), {"Content-Type": PROBLEM_JSON, **problem_headers(refusal)}
    return {"statusCode": body["status"], "headers": headers, "body": json.dumps(body), "isBase64Encoded": False}


def problem_response(refusal: Refusal) -> Response[str]:
    """Build the response for the resolver."""
    body = problem_body(refusal)
    headers: dict[str, str | list[str]] = {**problem_headers(refusal)}
    return Response(status_code=body["status"], content_type=PROBLEM_JSON, headers=headers, body=json.dumps(body))


def invalid_input(
    errors: Iterable[Mapping[str, Any]], body: type[BaseModel] | None = None, query: Sequence[FieldComplaint] = ()
) -> Refusal:
    """Build the refusal from pydantic's errors about parameters and a body of that type, after those already known about the query."""
    known = {complaint["field"] for complaint in query}
    rest = [_complaint(error, body) for error in errors if error["loc"][0] != "query" or field_name(error["loc"][1:]) not in known]
    return invalid_request([*with_accepted(query), *rest])


def with_accepted(query: Sequence[FieldComplaint]) -> list[FieldComplaint]:
    """Add to complaints about a query what each parameter accepts."""
    return [{**each, "accepted": _PARAMETERS[each["field"]]} if each["field"] in _PARAMETERS else each for each in query]


def _complaint(error: Mapping[str, Any], body: type[BaseModel] | None) -> FieldComplaint:
    place, *path = error["loc"]
    field = field_name(path or [place])
    complaint = FieldComplaint(field=field, message=_message(error, body))
    accepted = values_in_words(body) if body and place == "body" else _PARAMETERS
    if field in accepted:
        complaint["accepted"] = accepted[field]
    return complaint


def _message(error: Mapping[str, Any], body: type[BaseModel] | None) -> str:
    if error["type"] == "extra_forbidden":
        return "is not a field of this request" + (f"; its fields are {', '.join(body.model_fields)}" if body else "")
    return in_our_words(error)
