"""What is no image that a model takes, told by its content: other formats by their names, and files that are two things at once."""

import re

from cliprelay.images.errors import Complaint, ImageRefused
from cliprelay.images.reader import Reader

# The first match names the file, for a refusal that helps.
_OTHERS = (
    (re.compile(rb"....ftyp(heic|heix|heim|heis|hevc|mif1|msf1)", re.DOTALL), "HEIC"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "AVIF"),
    (re.compile(rb"....ftyp", re.DOTALL), "a video"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "JPEG XL"),
    (re.compile(rb"\0\0\0\x0cjP  "), "JPEG 2000"),
    (re.compile(rb"\0\0[\1\2]\0"), "an icon"),
    (re.compile(rb"II\+\0|MM\0\+"), "BigTIFF"),
    (re.compile(rb"8BPS"), "Photoshop"),
    (re.compile(rb"%PDF-"), "PDF"),
    (re.compile(rb"PK\x03\x04"), "a ZIP archive"),
    (re.compile(rb"\x1f\x8b"), "compressed with gzip"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?|<!--.*?-->\s*)?<(?:!doctype )?svg", re.DOTALL | re.IGNORECASE), "SVG"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<", re.DOTALL), "a web page or another text with markup"),
)
HEAD = 1_024

# What makes a browser run, or a PDF reader open, a file whatever its first bytes are. Readers of PDF look at the first 1,024
# bytes; markup is looked for there and in as many last ones.
_ACTIVE = re.compile(rb"%PDF-|<(?:script|html|!doctype html|svg|iframe|body|\?php)\b", re.IGNORECASE)
# A ZIP archive is one by its end: a record of 22 bytes, whose last two are the length of the comment behind it.
_ZIP_END, _ZIP_RECORD, _ZIP_COMMENT = b"PK\x05\x06", 22, 65_535
TAIL = _ZIP_RECORD + _ZIP_COMMENT


def name_of(head: bytes) -> str | None:
    """What a file that is none of the accepted formats is, where that can be told."""
    return next((name for form, name in _OTHERS if form.match(head)), None)


def refuse_two_in_one(file: Reader, head: bytes) -> None:
    """Raise for an image that is also an archive, a PDF or a web page; bytes behind the picture are otherwise harmless.

    Phones append films and depth maps to their photographs, so a tail as such is no reason.
    """
    tail = file.up_to(max(file.size - TAIL, 0), TAIL) if file.size is not None and file.has_end else b""
    if _ACTIVE.search(head[:HEAD]) or _ACTIVE.search(tail[-HEAD:]) or _ends_an_archive(tail):
        raise ImageRefused(
            Complaint("image_polyglot", "the file is an image and something else (an archive, a PDF or a web page); save it anew")
        )


def _ends_an_archive(tail: bytes) -> bool:
    place = tail.rfind(_ZIP_END)
    comment = tail[place + _ZIP_RECORD - 2 : place + _ZIP_RECORD]
    return place >= 0 and place + _ZIP_RECORD + int.from_bytes(comment, "little") == len(tail)
