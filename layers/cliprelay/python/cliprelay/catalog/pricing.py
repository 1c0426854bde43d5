"""Estimate the size and price of a video from its catalog entry, until the upstream's bill is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import log

from cliprelay.catalog.model import TIMED_SECONDS, Model
from cliprelay.catalog.spec import Spec

# Hundredths of a cent, because the cheapest video costs only a few cents.
CENT_PART = Decimal("0.0001")
# Assumed while the shape is unknown; the price of the others differs by less than 5 %.
ASSUMED_RATIO = "16:9"

Size = tuple[int, int]


@dataclass(frozen=True)
class Geometry:
    """The dimensions of a video; `exact` is false while they are partly assumed."""

    ratio: str
    width: int
    height: int
    fps: int
    frames: int
    exact: bool

    @property
    def seconds(self) -> float:
        """The playing time."""
        return round(self.frames / self.fps, 3)

    @property
    def tokens(self) -> int:
        """The tokens that the vendor bills."""
        return self.width * self.height * self.frames // 1024


@dataclass(frozen=True)
class Estimate:
    """Billing tokens and US dollars for one video."""

    tokens: int
    usd: Decimal


def frames(duration: int, fps: int) -> int:
    """Calculate the frames of a video: one more than fps * duration, as the vendor's usage figures show."""
    return fps * duration + 1


def nearest_ratio(shapes: Mapping[str, Size], size: Size) -> str:
    """Resolve `adaptive` to the listed ratio that is closest, by factor, to the first frame's."""
    width, height = size
    return min(shapes, key=lambda ratio: abs(log(shapes[ratio][0] / shapes[ratio][1]) - log(width / height)))


def geometry(model: Model, spec: Spec, first_frame: Size | None = None, *, turned: bool = False) -> Geometry:
    """Calculate the size of the video; `first_frame` is the width and height of the image, if known.

    `turned` says that its metadata asks for a quarter turn: the model may see either shape.
    """
    shapes = model.geometry[spec.resolution or next(iter(model.geometry))]
    asked = spec.ratio or "adaptive"
    exact = spec.duration is not None and (asked in shapes or first_frame is not None)
    ratio = asked if asked in shapes else nearest_ratio(shapes, first_frame) if first_frame else ASSUMED_RATIO
    if first_frame and turned and asked not in shapes:
        exact = exact and nearest_ratio(shapes, first_frame[::-1]) == ratio
    width, height = shapes[ratio]
    return Geometry(ratio, width, height, model.fps, frames(spec.duration or TIMED_SECONDS, model.fps), exact)


def possible_tokens(model: Model, spec: Spec, first_frame: Size | None = None, *, turned: bool = False) -> tuple[int, int]:
    """Return the fewest and the most tokens that the video can have: of any shape, while the one of an adaptive video is not known."""
    shapes = model.geometry[spec.resolution or next(iter(model.geometry))]
    asked = spec.ratio or "adaptive"
    if asked in shapes:
        ratios = {asked}
    elif first_frame:
        ratios = {nearest_ratio(shapes, size) for size in (first_frame, *([first_frame[::-1]] if turned else []))}
    else:
        ratios = {*shapes}
    pixels = [width * height for width, height in (shapes[ratio] for ratio in ratios)]
    made = frames(spec.duration or TIMED_SECONDS, model.fps)
    return min(pixels) * made // 1024, max(pixels) * made // 1024


def most_tokens(model: Model, spec: Spec) -> int:
    """Return the most tokens that any shape of this resolution and duration can have."""
    shapes = model.geometry.get(spec.resolution or "") or next(iter(model.geometry.values()))
    pixels = max(width * height for width, height in shapes.values())
    return pixels * frames(spec.duration or TIMED_SECONDS, model.fps) // 1024


def unit_price(model: Model, spec: Spec) -> Decimal:
    """Return the US dollars per million tokens of this request."""
    return model.price.per_million(audio=spec.audio, tier=spec.tier)


def dollars(tokens: int, per_million: Decimal) -> Decimal:
    """Calculate the price of a number of tokens."""
    return (per_million * tokens / 1_000_000).quantize(CENT_PART)


def estimate(model: Model, spec: Spec, first_frame: Size | None = None) -> Estimate:
    """Estimate the price of a successful video; the vendor does not charge for failures."""
    tokens = geometry(model, spec, first_frame).tokens
    return Estimate(tokens, dollars(tokens, unit_price(model, spec)))
