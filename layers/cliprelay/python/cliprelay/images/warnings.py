"""What may surprise about images that are accepted: said in advance, because the video costs the same."""

from cliprelay.images.header import Probed

# A difference of shape below this is rounding: an output of 864 by 496 pixels is called 16:9, and differs from it by 2 %.
_SAME = (103, 100)

Advice = dict[str, str]


def image_warnings(image: Probed | None, last_image: Probed | None, ratio: str) -> list[Advice]:
    """Warnings about the first and the last frame, of which None is absent or was not looked at."""
    images = {"image": image, "last_image": last_image}
    found = [_many(field, probed) for field, probed in images.items() if probed and (probed.frames or 1) > 1]
    wanted = _shape(ratio)
    if image and wanted and not _fits(image, *wanted):
        found.append(_crop(f"`image` is {image.width:,} by {image.height:,} pixels and will be cropped to {ratio}."))
    if image and last_image and not _fits(last_image, image.width, image.height):
        size = f"{last_image.width:,} by {last_image.height:,}"
        found.append(_crop(f"`last_image` is {size} pixels and will be cropped to the first frame's shape."))
    return found


def _shape(ratio: str) -> tuple[int, int] | None:
    """16:9 as two numbers; None for `adaptive`, and for words that a model may have for its shapes."""
    wide, _, high = ratio.partition(":")
    return (int(wide), int(high)) if wide.isdecimal() and high.isdecimal() else None


def _fits(probed: Probed, wide: int, high: int) -> bool:
    """Whether the shapes are the same; a picture that asks to be turned may be taken either way, so either will do."""
    shapes = [(probed.width, probed.height)] + ([(probed.height, probed.width)] if probed.turned else [])
    return any(_same(width * high, height * wide) for width, height in shapes)


def _same(one: int, other: int) -> bool:
    return max(one, other) * _SAME[1] <= min(one, other) * _SAME[0]


def _many(field: str, probed: Probed) -> Advice:
    message = f"`{field}` is a {probed.format} with several frames; the model does not say which one it takes."
    return {"code": "multi_frame_image", "message": message}


def _crop(message: str) -> Advice:
    return {"code": "will_crop", "message": message}
