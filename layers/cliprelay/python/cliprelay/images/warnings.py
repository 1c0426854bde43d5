"""Non-blocking notices about accepted images, given in advance because the video costs the same."""

from cliprelay.images.header import Probed

# A smaller difference is rounding: an output of 864 by 496 pixels is called 16:9, and differs from it by 2 %.
_SAME = (103, 100)

Advice = dict[str, str]


def image_warnings(image: Probed | None, last_image: Probed | None, ratio: str) -> list[Advice]:
    """Return warnings about the first and the last frame; None means absent or not checked."""
    images = {"image": image, "last_image": last_image}
    found = [_many(field, probed) for field, probed in images.items() if probed and (probed.frames or 1) > 1]
    wanted = _shape(ratio)
    if image and wanted and not _fits(image, *wanted):
        found.append(_crop(f"`image` is {image.width:,} by {image.height:,} pixels and will be cropped to {ratio}."))
    if image and last_image and not any(_fits(last_image, *shape) for shape in image.shapes):
        size = f"{last_image.width:,} by {last_image.height:,}"
        found.append(_crop(f"`last_image` is {size} pixels and will be cropped to the first frame's shape."))
    return found


def _shape(ratio: str) -> tuple[int, int] | None:
    """Return 16:9 as two numbers; None for `adaptive` and other words."""
    wide, _, high = ratio.partition(":")
    return (int(wide), int(high)) if wide.isdecimal() and high.isdecimal() else None


def _fits(probed: Probed, wide: int, high: int) -> bool:
    """Return whether the aspect ratios match; for an image with a quarter turn in its metadata, either orientation may."""
    return any(_same(width * high, height * wide) for width, height in probed.shapes)


def _same(one: int, other: int) -> bool:
    return max(one, other) * _SAME[1] <= min(one, other) * _SAME[0]


def _many(field: str, probed: Probed) -> Advice:
    message = f"`{field}` is a {probed.format} with several frames; it is not documented which one the model uses."
    return {"code": "multi_frame_image", "message": message}


def _crop(message: str) -> Advice:
    return {"code": "will_crop", "message": message}
