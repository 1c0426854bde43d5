"""Calculate a video's size and cost from its model's catalog entry, as the vendor does."""

from dataclasses import dataclass

from cliprelay.catalog.model import Model
from cliprelay.catalog.pricing import frames as frames_at
from cliprelay.catalog.pricing import nearest_ratio as nearest
from cliprelay.catalog.registry import DEFAULT_MODEL, MODELS

DEFAULT = MODELS[DEFAULT_MODEL]
# The frame rate of all models.
FPS = DEFAULT.fps
SIZES = DEFAULT.geometry


@dataclass(frozen=True)
class Cost:
    tokens: int
    usd: float


def frames(duration: int) -> int:
    """Return the number of frames, one more than the duration suggests, as in the vendor's sample usage (108,900 tokens)."""
    return frames_at(duration, FPS)


def nearest_ratio(resolution: str, width: int, height: int, model: Model = DEFAULT) -> str:
    """Resolve `adaptive` to the listed ratio closest to the image's."""
    return nearest(model.geometry[resolution], (width, height))


def cost(resolution: str, ratio: str, duration: int, audio: bool, tier: str, model: Model = DEFAULT) -> Cost:
    width, height = model.geometry[resolution][ratio]
    tokens = width * height * frames(duration) // 1024
    return Cost(tokens, round(tokens * float(model.price.per_million(audio=audio, tier=tier)) / 1_000_000, 6))
