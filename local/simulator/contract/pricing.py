"""What a video measures and costs: by the entry of its model, as the vendor reckons."""

from dataclasses import dataclass

from cliprelay.catalog.model import Model
from cliprelay.catalog.pricing import frames as frames_at
from cliprelay.catalog.pricing import nearest_ratio as nearest
from cliprelay.catalog.registry import DEFAULT_MODEL, MODELS

DEFAULT = MODELS[DEFAULT_MODEL]
# All models that there are make so many pictures a second.
FPS = DEFAULT.fps
SIZES = DEFAULT.geometry


@dataclass(frozen=True)
class Cost:
    tokens: int
    usd: float


def frames(duration: int) -> int:
    """A clip has one frame more than its seconds hold: the vendor's sample usage (108,900 tokens) says so."""
    return frames_at(duration, FPS)


def nearest_ratio(resolution: str, width: int, height: int, model: Model = DEFAULT) -> str:
    """What `adaptive` becomes: the listed shape that is the smallest factor away from the image's."""
    return nearest(model.geometry[resolution], (width, height))


def cost(resolution: str, ratio: str, duration: int, audio: bool, tier: str, model: Model = DEFAULT) -> Cost:
    width, height = model.geometry[resolution][ratio]
    tokens = width * height * frames(duration) // 1024
    return Cost(tokens, round(tokens * float(model.price.per_million(audio=audio, tier=tier)) / 1_000_000, 6))
