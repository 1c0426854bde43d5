"""Sizes in pixels, which are a model's resolutions and ratios read backwards, and the defaults of an order."""

from cliprelay.catalog.model import Model

# OpenAI's defaults; a client that was written for them must not pay for more.
DEFAULT_SECONDS, DEFAULT_RESOLUTION, DEFAULT_RATIO = 4, "720p", "9:16"


def sizes_of(model: Model) -> dict[str, tuple[str, str]]:
    """Return resolution and ratio by size, such as 1280x720, with those of the default resolution first."""
    resolutions = sorted(model.geometry, key=lambda each: each != DEFAULT_RESOLUTION)
    return {
        f"{width}x{height}": (resolution, ratio)
        for resolution in resolutions
        for ratio, (width, height) in model.geometry[resolution].items()
    }


def default_seconds(model: Model) -> int:
    """Return the length of a video whose order names none: 4 s, or the shortest above that the model makes."""
    field = model.meaning("duration")
    lengths = [int(each) for each in field.choices] if field else []
    return min((each for each in lengths if each >= DEFAULT_SECONDS), default=DEFAULT_SECONDS)
