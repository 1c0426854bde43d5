"""Data URIs (RFC 2397), read as browsers do: in every spelling that has only one meaning."""

import base64
import re
from urllib.parse import unquote

import pybase64

# After the type, parameters such as charset=utf-8 or name="a;b.png"; the data follows the first comma outside quotes.
_HEAD = re.compile(r"data:\s*image/([a-z0-9.+-]{1,60})\s*((?:;(?:[^;,\"]|\"[^\"]*\")*)+),", re.IGNORECASE)
_MOST_HEAD = 2_048
_BLANKS = str.maketrans("-_", "+/", "\t\n\f\r ")
# What plain base64 does not contain.
_UNUSUAL = "%-_\t\n\f\r "
_PADDING = ord("=")

# Data of this length without a plus sign does not occur by chance: one character in 64 is one.
_SURELY_PLUS = 4_096

# Shorter values may be words; the first bytes of an image are known by their base64.
_LONG = 200
_FIRST_BYTES = ("/9j/", "iVBORw0KGgo", "R0lGOD", "UklGR", "SUkq", "TU0AK")
_LIKE_BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]+={0,2}\s*")
_CUT_HEAD = re.compile(r"(?:image/[a-z0-9.+-]{1,60})?;?\s*base64\s*,", re.IGNORECASE)


def is_data_uri(value: str) -> bool:
    """Return whether the value is meant as a data URI."""
    return value[:5].lower() == "data:"


def media_type(uri: str) -> str | None:
    """Return the subtype of the image that a data URI declares; None unless it declares an image in base64."""
    head = _HEAD.match(uri[:_MOST_HEAD])
    if head is None or "base64" not in [part.strip().lower() for part in head[2].split(";")]:
        return None
    return head[1]


def decode(uri: str, most: int) -> bytes:
    """Return the bytes of a data URI that has a media type; raises OverflowError above `most` bytes, ValueError for other data."""
    head = _HEAD.match(uri[:_MOST_HEAD])
    start = head.end() if head else 0
    try:
        return _decode_plain(uri, start, most)
    except (ValueError, OverflowError):
        # Only now, because searching megabytes takes long.
        if not any(uri.find(each, start) >= 0 for each in _UNUSUAL):
            raise
    return _decode_plain(_usual(uri[start:]), 0, most)


def _decode_plain(uri: str, start: int, most: int) -> bytes:
    """Return the bytes of plain base64 that begins at `start`; raises OverflowError above `most` bytes, ValueError for other data."""
    # A view, because each copy of some megabytes takes as long as hashing them. Text that is not ASCII raises a ValueError.
    encoded = memoryview(uri.encode("ascii"))[start:]
    length = len(encoded)
    while length and encoded[length - 1] == _PADDING:
        length -= 1
    # The length gives the size, so oversized data is never decoded.
    if length * 3 // 4 > most:
        raise OverflowError
    padding = -length % 4
    if padding == 3 or len(encoded) - length > padding:
        raise ValueError
    if len(encoded) - length < padding:
        encoded = memoryview(bytes(encoded[:length]) + b"=" * padding)
    return pybase64.b64decode(encoded, validate=True)  # its binascii.Error is a ValueError


def _usual(encoded: str) -> str:
    """Return data in percent-encoding, in the URL-safe alphabet or with line breaks as plain base64."""
    if "%" in encoded:
        encoded = unquote(encoded, errors="strict")  # UnicodeDecodeError is a ValueError
    _refuse_lost_plus(encoded)
    return encoded.translate(_BLANKS)


def _refuse_lost_plus(encoded: str) -> None:
    """Raise ValueError for long data in which every plus sign has become a blank, as decoding it as a form does."""
    if len(encoded) > _SURELY_PLUS and " " in encoded.strip() and not {"+", "-", "\n"} & set(encoded):
        raise ValueError


def base64_kind(value: str) -> bytes | None:
    """Return the first bytes of a value that is base64 without a data URI around it; None for other values."""
    if cut := _CUT_HEAD.match(value):
        value = value[cut.end() :]
    elif not (value.startswith(_FIRST_BYTES) or len(value) >= _LONG):
        return None
    if not _LIKE_BASE64.fullmatch(value):
        return None
    plain = value[:400].translate(_BLANKS)[:64]
    return base64.b64decode(plain[: len(plain) // 4 * 4])
