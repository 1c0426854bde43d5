"""The schema of a catalog entry: plain data without heavy imports, because submit loads it too."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from cliprelay.catalog.data_handling import DataHandling
from cliprelay.catalog.spec import Spec
from cliprelay.images.limits import ImageLimits


class Kind(StrEnum):
    """The type of a field; the values of a choice are strings or integers."""

    PROMPT = "prompt"
    IMAGE = "image"
    INTEGER = "integer"
    CHOICE = "choice"
    FLAG = "flag"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a request, under the name that clients use."""

    name: str
    kind: Kind
    required: bool = False
    default: Any = None  # if None, an omitted field is not sent
    low: int | None = None
    high: int | None = None
    choices: tuple[str | int, ...] = ()
    about: str = ""
    role: str = ""  # common meaning of names that differ between models: `aspect_ratio` is a `ratio`

    @property
    def means(self) -> str:
        """The role of the field; by default its name."""
        return self.role or self.name

    @property
    def accepted(self) -> str:
        """Describe the accepted values."""
        match self.kind:
            case Kind.CHOICE:
                return str(self.choices[0]) if len(self.choices) == 1 else f"one of {', '.join(map(str, self.choices))}"
            case Kind.INTEGER:
                return f"an integer from {self.low} to {self.high}"
            case Kind.FLAG:
                return "true or false"
        return self.about


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """Prompt limits in Unicode code points; an emoji made of two code points counts as two."""

    advised: int
    most: int
    # Whether the upstream documents the hard limit; otherwise it is our own.
    documented: bool = False


@dataclass(frozen=True)
class Forbidden:
    """A forbidden combination: refuses a request whose fields all have one of the listed values."""

    when: Mapping[str, tuple[Any, ...]]
    message: str

    def applies(self, values: Mapping[str, Any]) -> bool:
        """Report whether these values, defaults included, are forbidden."""
        return all(values.get(name) in wrong for name, wrong in self.when.items())


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars per million tokens, with the source and date of the figures."""

    silent: Decimal
    audio: Decimal | None = None  # None: the model generates no audio
    flex: Decimal | None = None  # price factor of the flex tier; None: there is no such tier
    source: str
    date: str

    def per_million(self, *, audio: bool, tier: str) -> Decimal:
        """Return the unit price of a request."""
        price = self.audio if audio and self.audio is not None else self.silent
        return price * self.flex if tier == "flex" and self.flex is not None else price


# Published times are for a video of 5 s; the vendor's samples show about 4 s more for each extra second.
TIMED_SECONDS = 5
SECONDS_PER_EXTRA_SECOND = 4


@dataclass(frozen=True, kw_only=True)
class Typical:
    """Seconds to generate a video of TIMED_SECONDS; None where no figure is published."""

    median: int | None
    p95: int | None
    per_extra_second: int = 0
    source: str


Sizes = Mapping[str, Mapping[str, tuple[int, int]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """The catalog entry of one upstream model."""

    name: str
    about: str
    fields: tuple[Field, ...]
    prompt: Prompt
    images: ImageLimits | None
    geometry: Sizes  # resolution → ratio → width and height in pixels
    fps: int
    price: Price
    typical: Mapping[str, Typical]  # by tier
    handling: DataHandling
    forbidden: tuple[Forbidden, ...] = ()
    source: str
    verified: bool  # documented by MyRouter itself
    enabled: bool  # offered by default
    notes: tuple[str, ...] = ()  # what is inferred or unknown

    def field(self, name: str) -> Field | None:
        """Find a field by name."""
        return self._by_name.get(name)

    def meaning(self, role: str) -> Field | None:
        """Find a field by role."""
        return self._by_role.get(role)

    def value(self, settings: Mapping[str, Any], role: str) -> Any:
        """Return a request's value for a role, or its default; None if the model has no such field."""
        found = self.meaning(role)
        return None if found is None else settings.get(found.name, found.default)

    def spec(self, settings: Mapping[str, Any]) -> Spec:
        """Return what a request asks for, the defaults filled in."""
        known = {field.means: settings.get(field.name, field.default) for field in self.fields}
        return Spec.read(known.get)

    @property
    def tiers(self) -> tuple[str, ...]:
        """The service tiers that the model offers."""
        found = self.meaning("service_tier")
        return tuple(map(str, found.choices)) if found else ("default",)

    @cached_property
    def image_fields(self) -> tuple[Field, ...]:
        """The fields that accept an image."""
        return tuple(field for field in self.fields if field.kind is Kind.IMAGE)

    @cached_property
    def _by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def _by_role(self) -> Mapping[str, Field]:
        return {field.means: field for field in self.fields}
