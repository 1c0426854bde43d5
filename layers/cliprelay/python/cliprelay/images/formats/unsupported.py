"""Unsupported files, recognised by their content: other formats by name, and polyglots."""

import re

from cliprelay.images.errors import ImageComplaint, ImageRefused
from cliprelay.images.reader import Reader

# The first match names the file in the refusal.
_OTHERS = (
    (re.compile(rb"....ftyp(heic|heix|heim|heis|hevc|mif1|msf1)", re.DOTALL), "HEIC"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "AVIF"),
    (re.compile(rb"....ftyp", re.DOTALL), "a video"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "JPEG XL"),
    (re.compile(rb"\0\0\0\x0cjP  "), "JPEG 2000"),
    (re.compile(rb"\0\0[\1\2]\0"), "an icon"),
    (re.compile(rb"8BPS"), "Photoshop"),
    (re.compile(rb"%PDF-"), "PDF"),
    (re.compile(rb"PK\x03\x04"), "a ZIP archive"),
    (re.compile(rb"\x1f\x8b"), "compressed with gzip"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?|<!--.*?-->\s*)?<(?:!doctype )?svg", re.DOTALL | re.IGNORECASE), "SVG"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<", re.DOTALL), "a web page or another text with markup"),
)
HEAD = 1_024

# What makes a browser run a file, or a PDF reader open it, whatever its first bytes are. PDF readers search the first 1,024
# bytes; markup is searched for there and in the last 1,024.
_ACTIVE = re.compile(rb"%PDF-|<(?:script|html|!doctype html|svg|iframe|body|\?php)\b", re.IGNORECASE)
# A ZIP archive is recognised by its end: a record of 22 bytes, whose last two are the length of the comment after it.
_ZIP_END, _ZIP_RECORD, _ZIP_COMMENT = b"PK\x05\x06", 22, 65_535
TAIL = _ZIP_RECORD + _ZIP_COMMENT


def name_of(head: bytes) -> str | None:
    """Return the name of an unsupported format, if known."""
    return next((name for form, name in _OTHERS if form.match(head)), None)


def refuse_two_in_one(file: Reader, head: bytes) -> None:
    """Raise for an image that is also an archive, a PDF or a web page.

    Other bytes after the image data are allowed, because phones append videos and depth maps to photographs.
    """
    tail = file.tail(TAIL)
    if _ACTIVE.search(head[:HEAD]) or _ACTIVE.search(tail[-HEAD:]) or _ends_an_archive(tail):
        raise ImageRefused(
            ImageComplaint(
                "image_polyglot", "the file is an image and something else (an archive, a PDF or a web page); save the image again"
            )
        )


def _ends_an_archive(tail: bytes) -> bool:
    place = tail.rfind(_ZIP_END)
    comment = tail[place + _ZIP_RECORD - 2 : place + _ZIP_RECORD]
    return place >= 0 and place + _ZIP_RECORD + int.from_bytes(comment, "little") == len(tail)
