"""A body that is not a valid order, with everything that is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cliprelay.catalog.model import Model
from cliprelay.errors import FieldComplaint
from cliprelay.orders.wording import field_name


@dataclass(frozen=True)
class Flaw:
    """One error at one place of the body, and what would be accepted."""

    place: tuple[str | int, ...]
    message: str
    accepted: str = ""
    code: str = ""

    @property
    def field(self) -> str:
        """The top-level field that contains the error."""
        return str(self.place[0])

    def complaint(self) -> FieldComplaint:
        """Convert it to the form that clients see."""
        complaint = FieldComplaint(field=field_name(self.place), message=self.message)
        if self.accepted:
            complaint["accepted"] = self.accepted
        if self.code.startswith("image_"):
            complaint["code"] = self.code
        return complaint


@dataclass(frozen=True)
class InvalidOrder:
    """A body that is not a valid order; `model` is None if it names no offered model."""

    body: Mapping[str, Any]
    model: Model | None
    flaws: list[Flaw]

    @property
    def complaints(self) -> list[FieldComplaint]:
        """Every error, in the form that clients see."""
        return [flaw.complaint() for flaw in self.flaws]

    @property
    def refused(self) -> frozenset[str]:
        """The names of the invalid fields."""
        return frozenset(flaw.field for flaw in self.flaws)

    @property
    def valid(self) -> dict[str, Any]:
        """The remaining fields of the body."""
        return {name: value for name, value in self.body.items() if name not in self.refused}
