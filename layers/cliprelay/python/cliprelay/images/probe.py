"""Identifies an image file, or raises all complaints about it at once."""

from collections.abc import Callable

from cliprelay.images.errors import ImageComplaint, ImageRefused, ImageUnread
from cliprelay.images.formats import bmp, gif, jpeg, png, tiff, webp
from cliprelay.images.formats.unsupported import HEAD, name_of, refuse_two_in_one
from cliprelay.images.header import Probed
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.images.reader import Reader

_FORMATS: tuple[tuple[str, Callable[[bytes], bool], Callable[[Reader], Probed]], ...] = (
    ("jpeg", lambda head: head.startswith(jpeg.MAGIC), jpeg.read),
    ("png", lambda head: head.startswith(png.MAGIC), png.read),
    ("webp", webp.is_webp, webp.read),
    ("bmp", lambda head: head.startswith(bmp.MAGIC), bmp.read),
    ("tiff", lambda head: head.startswith(tiff.MAGIC), tiff.read),
    ("gif", lambda head: head.startswith(gif.MAGIC), gif.read),
)
# Names of the formats in media types, each also with x- before it. A multi-picture file begins with a JPEG, an animated PNG is a PNG.
_SYNONYMS = {
    **dict.fromkeys(("jpg", "jpe", "jfif", "pjpeg", "pjpg", "mpo"), "jpeg"),
    **dict.fromkeys(("apng", "vnd.mozilla.apng"), "png"),
    **dict.fromkeys(("ms-bmp", "windows-bmp", "bitmap", "win-bitmap"), "bmp"),
    "tif": "tiff",
}


def format_named(name: str) -> str:
    """Return the canonical name of a format that media types spell in several ways."""
    plain = name.strip().lower().removeprefix("x-")
    return _SYNONYMS.get(plain, plain)


def format_of(head: bytes) -> str | None:
    """Return the format whose files begin so; None for others."""
    return next((name for name, fits, _ in _FORMATS if fits(head)), None)


def probe(file: Reader, limits: ImageLimits = SEEDANCE_1_5, declared: str | None = None) -> Probed:
    """Return the header data; raises ImageRefused with every complaint, or ImageUnread if no size can be relied on."""
    complaints: list[ImageComplaint] = []
    if file.size is not None and file.size >= limits.below_bytes:
        complaints.append(ImageComplaint("image_bytes", f"the file has {file.size:,} bytes: it must have {limits.bytes_in_words()}"))
    try:
        found = _recognise(file, limits, declared, complaints)
    except ImageRefused as refusal:
        raise ImageRefused(*complaints, *refusal.complaints) from None
    except ImageUnread:
        if complaints:
            raise ImageRefused(*complaints) from None
        raise
    complaints += _complaints(found, limits)
    if complaints:
        raise ImageRefused(*complaints)
    return found


def _recognise(file: Reader, limits: ImageLimits, declared: str | None, complaints: list[ImageComplaint]) -> Probed:
    head = file.up_to(0, HEAD)
    name, read = next(((name, read) for name, fits, read in _FORMATS if fits(head)), (None, None))
    if name is None or read is None or name not in limits.formats:
        raise ImageRefused(_no_image(head, name, limits))
    if declared is not None and name != format_named(declared):
        complaints.append(ImageComplaint("image_type", f"the data is {name}, not {declared} as declared; declare image/{name}"))
    refuse_two_in_one(file, head)
    try:
        return read(file)
    except ImageUnread as unread:
        unread.format = name
        raise


def _no_image(head: bytes, name: str | None, limits: ImageLimits) -> ImageComplaint:
    what = name or name_of(head)
    accepted = f"an image in a format that the model accepts: {', '.join(limits.formats)}"
    return ImageComplaint("image_format", f"the data is {what}, not {accepted}" if what else f"the data is not {accepted}")


def _complaints(found: Probed, limits: ImageLimits) -> list[ImageComplaint]:
    width, height = found.width, found.height
    size = f"the image is {width:,} by {height:,} pixels"
    complaints = []
    if not limits.sides_fit(width, height):
        complaints.append(ImageComplaint("image_pixels", f"{size}: it must have {limits.sides_in_words()}"))
    if not limits.ratio_fits(width, height):
        complaints.append(ImageComplaint("image_ratio", f"{size}: it must have {limits.ratio_in_words()}"))
    return complaints
