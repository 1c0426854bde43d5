"""Data URIs (RFC 2397), read as browsers do: in every spelling that has only one meaning."""

import base64
import re
from urllib.parse import unquote

# After the type, parameters such as charset=utf-8 or name="a;b.png"; the data follows the first comma outside quotes.
_HEAD = re.compile(r"data:\s*image/([a-z0-9.+-]{1,60})\s*((?:;(?:[^;,\"]|\"[^\"]*\")*)+),", re.IGNORECASE)
_MOST_HEAD = 2_048
_BASE64 = re.compile(r"[A-Za-z0-9+/]*")
_BLANKS = str.maketrans("-_", "+/", "\t\n\f\r ")

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
    encoded = uri[head.end() if head else 0 :]
    if "%" in encoded:
        encoded = unquote(encoded, errors="strict")  # UnicodeDecodeError is a ValueError
    _refuse_lost_plus(encoded)
    encoded = encoded.translate(_BLANKS)
    plain = encoded.rstrip("=")
    # The length gives the size, so oversized data is never decoded.
    if len(plain) * 3 // 4 > most:
        raise OverflowError
    padding = -len(plain) % 4
    if not _BASE64.fullmatch(plain) or padding == 3 or len(encoded) - len(plain) > padding:
        raise ValueError
    return base64.b64decode(plain + "=" * padding)


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
