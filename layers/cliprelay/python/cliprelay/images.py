"""Images that come inside a request: decoded strictly, and recognised by content rather than by name."""

import base64
import binascii
import re
from dataclasses import dataclass

# Lambda takes 6,291,556 bytes of event; base64 adds a third, so 4.0 MB of image is what surely fits.
INLINE_LIMIT = 4_000_000

ACCEPTED = ("jpeg", "png", "webp", "bmp", "tiff", "gif")
_DATA_URI = re.compile(r"data:image/([a-z0-9.+-]{1,30});base64,", re.IGNORECASE)
_SYNONYMS = {"jpg": "jpeg", "tif": "tiff", "x-ms-bmp": "bmp"}
_EXPECTED = f"data:image/<format>;base64,<data> with a format of {', '.join(ACCEPTED)}"


class ImageRefused(ValueError):
    """An inline image that cannot be used; the text says what would be."""


class ImageTooLarge(ImageRefused):
    """An inline image over the limit of a request body."""


@dataclass(frozen=True)
class InlineImage:
    """The bytes of an image and their media type, found from the bytes."""

    content_type: str
    data: bytes


def is_inline(value: str) -> bool:
    """Whether the value is a data URI and not an address."""
    return value[:5].lower() == "data:"


def read_inline(uri: str) -> InlineImage:
    """Decode a data URI; raises ImageRefused with a reason that names what would be accepted."""
    declared = _declared_format(uri)
    data = _decode(uri)
    found = sniff(data)
    if found is None:
        raise ImageRefused(f"the data is not an image of a format the model takes: {', '.join(ACCEPTED)}")
    if found != declared:
        raise ImageRefused(f"the data is {found}, not {declared} as declared: declare image/{found}")
    return InlineImage(f"image/{found}", data)


def sniff(data: bytes) -> str | None:
    """The format of an image by its first bytes, or None when it is none of the accepted ones."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    return next((name for magic, name in _MAGIC if data.startswith(magic)), None)


_MAGIC = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)


def _declared_format(uri: str) -> str:
    match = _DATA_URI.match(uri[:64])
    if not match:
        raise ImageRefused(f"expected {_EXPECTED}")
    name = match[1].lower()
    name = _SYNONYMS.get(name, name)
    if name not in ACCEPTED:
        raise ImageRefused(f"image/{name} is not accepted: use one of {', '.join(ACCEPTED)}")
    return name


def _decode(uri: str) -> bytes:
    encoded = uri[uri.index(",") + 1 :]
    # The length alone tells the size, so that an oversized one is never decoded.
    if len(encoded) * 3 // 4 - encoded[-2:].count("=") > INLINE_LIMIT:
        raise ImageTooLarge(f"is over the {INLINE_LIMIT:,} bytes that an inline image may have")
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise ImageRefused("the data is not base64 (RFC 4648, with padding, without line breaks)") from None
