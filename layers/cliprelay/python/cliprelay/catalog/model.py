"""What is known about one model: plain data, without a heavy import, because submit reads it too."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cliprelay.images.limits import ImageLimits


class Kind(StrEnum):
    """What a field takes; a choice may be of texts or of integers."""

    PROMPT = "prompt"
    IMAGE = "image"
    INTEGER = "integer"
    CHOICE = "choice"
    FLAG = "flag"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a request, by the name that clients use."""

    name: str
    kind: Kind
    required: bool = False
    default: Any = None  # without one, a field that is not given is not sent
    low: int | None = None
    high: int | None = None
    choices: tuple[str | int, ...] = ()
    about: str = ""
    role: str = ""  # what it means, where models name the same thing differently: `aspect_ratio` is a `ratio`

    @property
    def means(self) -> str:
        """The role, which is the name unless the entry says otherwise."""
        return self.role or self.name

    @property
    def accepted(self) -> str:
        """What the field takes, in words."""
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
    """Limits of the prompt in Unicode code points, however they look or are encoded: an emoji of two code points counts two."""

    advised: int
    most: int
    # Whether the upstream's documentation sets the hard limit; else it is our own.
    documented: bool = False


@dataclass(frozen=True)
class Forbidden:
    """Values that do not go together: a request in which each field has one of its values is refused."""

    when: Mapping[str, tuple[Any, ...]]
    message: str

    def applies(self, values: Mapping[str, Any]) -> bool:
        """Whether these values, defaults filled in, are the forbidden ones."""
        return all(values.get(name) in wrong for name, wrong in self.when.items())


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars per million tokens, and where that was read and when."""

    silent: Decimal
    audio: Decimal | None = None  # None: the model makes no sound
    flex: Decimal | None = None  # the share that the flex tier costs; None: there is no such tier
    source: str
    date: str

    def per_million(self, *, audio: bool, tier: str) -> Decimal:
        """The unit price of one request."""
        price = self.audio if audio and self.audio is not None else self.silent
        return price * self.flex if tier == "flex" and self.flex is not None else price


# Times are known for a video of so many seconds; the vendor's samples show some 4 s more for each second beyond.
TIMED_SECONDS = 5
SECONDS_PER_EXTRA_SECOND = 4


@dataclass(frozen=True, kw_only=True)
class Typical:
    """Seconds that a video of TIMED_SECONDS takes; None where nobody published a figure."""

    median: int | None
    p95: int | None
    per_extra_second: int = 0
    source: str


Sizes = Mapping[str, Mapping[str, tuple[int, int]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """One model of the upstream."""

    name: str
    about: str
    fields: tuple[Field, ...]
    prompt: Prompt
    images: ImageLimits | None
    geometry: Sizes  # resolution → ratio → width and height in pixels
    fps: int
    price: Price
    typical: Mapping[str, Typical]  # by tier
    forbidden: tuple[Forbidden, ...] = ()
    source: str
    verified: bool  # documented by MyRouter itself
    enabled: bool  # offered unless the owner chooses
    notes: tuple[str, ...] = ()  # what is inferred, or not known

    def field(self, name: str) -> Field | None:
        """A field by its name."""
        return next((field for field in self.fields if field.name == name), None)

    def meaning(self, role: str) -> Field | None:
        """A field by what it means."""
        return next((field for field in self.fields if field.means == role), None)

    def value(self, settings: Mapping[str, Any], role: str) -> Any:
        """What a request says about a role, the default filled in; None where the model knows no such thing."""
        found = self.meaning(role)
        return None if found is None else settings.get(found.name, found.default)

    @property
    def tiers(self) -> tuple[str, ...]:
        """All service tiers."""
        found = self.meaning("service_tier")
        return tuple(map(str, found.choices)) if found else ("default",)

    @property
    def image_fields(self) -> tuple[Field, ...]:
        """The fields that take an image."""
        return tuple(field for field in self.fields if field.kind is Kind.IMAGE)
