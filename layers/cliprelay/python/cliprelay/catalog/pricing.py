"""What a video measures and costs, from its model's entry; an estimate until the upstream's bill says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import log

from cliprelay.catalog.model import Model
from cliprelay.catalog.spec import Spec

# Hundredths of a cent: the cheapest clip costs a few cents.
CENT_PART = Decimal("0.0001")
# What is reckoned while nobody knows the shape; the others differ by under 5 %.
ASSUMED_RATIO = "16:9"
# What is calculated for a model that chooses the duration itself.
ASSUMED_SECONDS = 5

Size = tuple[int, int]


@dataclass(frozen=True)
class Geometry:
    """What comes out; `exact` is false while the shape of an adaptive video is only assumed."""

    ratio: str
    width: int
    height: int
    fps: int
    frames: int
    exact: bool

    @property
    def seconds(self) -> float:
        """How long the file plays."""
        return round(self.frames / self.fps, 3)

    @property
    def tokens(self) -> int:
        """What the vendor bills by."""
        return self.width * self.height * self.frames // 1024


@dataclass(frozen=True)
class Estimate:
    """Billing tokens and US dollars for one video."""

    tokens: int
    usd: Decimal


def frames(duration: int, fps: int) -> int:
    """Frames of a clip of `duration` seconds: one more than the product, as the vendor's own usage figures show."""
    return fps * duration + 1


def nearest_ratio(shapes: Mapping[str, Size], size: Size) -> str:
    """What `adaptive` becomes: the listed shape that is the smallest factor away from the first frame's."""
    width, height = size
    return min(shapes, key=lambda ratio: abs(log(shapes[ratio][0] / shapes[ratio][1]) - log(width / height)))


def geometry(model: Model, spec: Spec, first_frame: Size | None = None) -> Geometry:
    """Calculate the size of the video; `first_frame` is the width and height of the image, if it was read."""
    shapes = model.geometry[spec.resolution or next(iter(model.geometry))]
    asked = spec.ratio or "adaptive"
    exact = spec.duration is not None and (asked in shapes or first_frame is not None)
    ratio = asked if asked in shapes else nearest_ratio(shapes, first_frame) if first_frame else ASSUMED_RATIO
    width, height = shapes[ratio]
    return Geometry(ratio, width, height, model.fps, frames(spec.duration or ASSUMED_SECONDS, model.fps), exact)


def unit_price(model: Model, spec: Spec) -> Decimal:
    """Return the US dollars per million tokens of this request."""
    return model.price.per_million(audio=spec.audio, tier=spec.tier)


def dollars(tokens: int, per_million: Decimal) -> Decimal:
    """What so many tokens cost."""
    return (per_million * tokens / 1_000_000).quantize(CENT_PART)


def estimate(model: Model, spec: Spec, first_frame: Size | None = None) -> Estimate:
    """The price of a succeeded video; failures are free at the vendor."""
    tokens = geometry(model, spec, first_frame).tokens
    return Estimate(tokens, dollars(tokens, unit_price(model, spec)))
