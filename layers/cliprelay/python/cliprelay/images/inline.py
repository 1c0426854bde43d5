"""The forms of the two image fields, and inline images, which are decoded strictly and probed at once."""

import base64
import binascii
import re
from dataclasses import dataclass

from cliprelay.images.errors import ImageComplaint, ImageRefused
from cliprelay.images.header import Probed
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.images.probe import format_named, probe
from cliprelay.images.reader import over
from cliprelay.images.uploads import is_upload
from cliprelay.net.urls import CLOUD, Limits, check_address

# A Lambda event has at most 6,291,556 bytes and base64 adds a third, so an image of 4.0 MB always fits.
INLINE_LIMIT = 4_000_000

_DATA_URI = re.compile(r"data:image/([a-z0-9.+-]{1,30});base64,", re.IGNORECASE)


class ImageTooLarge(ImageRefused):
    """An inline image too large for a request body."""


@dataclass(frozen=True)
class InlineImage:
    """An image's bytes, with the media type and header data read from them."""

    content_type: str
    data: bytes
    probed: Probed


def is_inline(value: str) -> bool:
    """Return whether the value is a data URI and not a URL."""
    return value[:5].lower() == "data:"


def is_address(value: str) -> bool:
    """Return whether the value is the URL of an image elsewhere."""
    return not (is_inline(value) or is_upload(value))


def check_image(value: str, limits: ImageLimits = SEEDANCE_1_5, addresses: Limits = CLOUD) -> str:
    """The value of an image field, if nothing is wrong that can be seen in it; raises ImageRefused or AddressRefused."""
    if is_inline(value):
        read_inline(value, limits)
        return value
    # Whether there is such an upload is found out later, when all else is right.
    return value if is_upload(value) else check_address(value, addresses)


def read_inline(uri: str, limits: ImageLimits = SEEDANCE_1_5) -> InlineImage:
    """Decode and probe a data URI; raises ImageRefused with every complaint, each with what is accepted."""
    declared = _declared_format(uri, limits)
    data = _decode(uri)
    probed = probe(over(data), limits, declared)
    return InlineImage(f"image/{probed.format}", data, probed)


def _declared_format(uri: str, limits: ImageLimits) -> str:
    match = _DATA_URI.match(uri[:64])
    accepted = ", ".join(limits.formats)
    if not match:
        form = f"data:image/<format>;base64,<data> with a format of {accepted}"
        raise ImageRefused(ImageComplaint("image_form", f"expected {form}"))
    name = format_named(match[1])
    if name not in limits.formats:
        raise ImageRefused(ImageComplaint("image_format", f"image/{name} is not accepted: use one of {accepted}"))
    return name


def _decode(uri: str) -> bytes:
    encoded = uri[uri.index(",") + 1 :]
    # The length gives the size, so an oversized image is never decoded.
    if len(encoded) * 3 // 4 - encoded[-2:].count("=") > INLINE_LIMIT:
        raise ImageTooLarge(ImageComplaint("image_too_large", f"exceeds the {INLINE_LIMIT:,} bytes allowed for an inline image"))
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        message = "the data is not base64 (RFC 4648, with padding, without line breaks)"
        raise ImageRefused(ImageComplaint("image_base64", message)) from None
