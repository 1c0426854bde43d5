"""Pillow as the judge of the image reader: for every file that it opens, both give the same, or the reader gives nothing."""

import io
import warnings
from typing import NamedTuple

from PIL import Image

from cliprelay.images.errors import ImageRefused, ImageUnread
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.images.probe import probe
from cliprelay.images.reader import over

# Any size: a bound is a rule of the model, and no disagreement about a file.
UNBOUNDED = ImageLimits(above_pixels=0, below_pixels=1 << 62, above_ratio=(0, 1), below_ratio=(1 << 62, 1), below_bytes=1 << 62)
AGREED, UNREAD, BOTH_REFUSE, READER_ONLY, POLYGLOT = "agreed", "not read", "both refuse", "read by us alone", "refused as two in one"
REFUSED, DIFFERENT = "REFUSED", "DIFFERENT"
# What contradicts the rule.
WRONG = (REFUSED, DIFFERENT)

Found = tuple[str, int, int]


class Judgement(NamedTuple):
    """How the reader compares with Pillow, and what each of them found."""

    verdict: str
    pillow: Found | None
    reader: Found | str


def judge(data: bytes) -> Judgement:
    """Compare format, width and height; Pillow counts only for the formats that the model takes."""
    pillow, reader = _pillow(data), _reader(data)
    return Judgement(_verdict(pillow, reader), pillow, reader)


def _verdict(pillow: Found | None, reader: Found | str) -> str:
    if isinstance(reader, tuple):
        return READER_ONLY if pillow is None else AGREED if pillow == reader else DIFFERENT
    if reader.startswith(UNREAD):
        return UNREAD
    if pillow is None:
        return BOTH_REFUSE
    return POLYGLOT if reader.startswith("image_polyglot") else REFUSED


def _reader(data: bytes) -> Found | str:
    try:
        found = probe(over(data), UNBOUNDED)
    except ImageUnread as reason:
        return f"{UNREAD}: {reason}"
    except ImageRefused as refusal:
        return f"{refusal.code}: {refusal}"
    return found.format, found.width, found.height


def _pillow(data: bytes) -> Found | None:
    """Return what Pillow reads; it raises errors of every kind, and its limit of pixels is a rule of its own."""
    most, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as image:
            form = "jpeg" if image.format == "MPO" else (image.format or "").lower()
            return (form, *image.size) if form in SEEDANCE_1_5.formats else None
    except Exception:
        return None
    finally:
        Image.MAX_IMAGE_PIXELS = most
