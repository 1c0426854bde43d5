"""The forms of the two image fields, and inline images, which are decoded and probed at once."""

from collections.abc import Callable
from dataclasses import dataclass

from cliprelay.images.data_uri import base64_kind, decode, is_data_uri, media_type
from cliprelay.images.errors import ImageComplaint, ImageRefused, ImageUnread
from cliprelay.images.header import Probed
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.images.probe import format_named, format_of, probe
from cliprelay.images.reader import over
from cliprelay.images.uploads import is_upload
from cliprelay.net.urls import CLOUD, LONGEST_LINK, Limits, check_address

# A Lambda event has at most 6,291,556 bytes and base64 adds a third, so an image of 4.0 MB always fits.
INLINE_LIMIT = 4_000_000

# What copying leaves around a value; none of it can belong to one.
_AROUND = " \t\r\n\f\v\u00a0\u200b\ufeff"


class ImageTooLarge(ImageRefused):
    """An inline image too large for a request body."""


@dataclass(frozen=True)
class InlineImage:
    """An image's bytes, with the media type and header data read from them; without those, `unread` says why."""

    content_type: str
    data: bytes
    probed: Probed | None
    unread: str = ""


def trimmed(value: str) -> str:
    """Return a value without the blanks and line breaks around it."""
    return value.strip(_AROUND)


def is_inline(value: str) -> bool:
    """Return whether the value is a data URI and not a URL."""
    return is_data_uri(value)


def is_address(value: str) -> bool:
    """Return whether the value is the URL of an image elsewhere."""
    return not (is_inline(value) or is_upload(value))


def read_inline(uri: str, limits: ImageLimits = SEEDANCE_1_5) -> InlineImage:
    """Decode and probe a data URI; raises ImageRefused with every complaint, each with what is accepted."""
    declared = _declared_format(uri, limits)
    data = _decode(uri)
    try:
        probed = probe(over(data), limits, declared)
    except ImageUnread as unread:
        return InlineImage(f"image/{unread.format or declared}", data, None, str(unread))
    return InlineImage(f"image/{probed.format}", data, probed)


def check_image(
    value: str, limits: ImageLimits = SEEDANCE_1_5, addresses: Limits = CLOUD, read: Callable[[str, ImageLimits], InlineImage] = read_inline
) -> str:
    """Return the trimmed value of an image field, if nothing visible is wrong with it; raises ImageRefused or AddressRefused.

    `read` reads an inline image; a caller that needs the image afterwards keeps what it returns, because decoding takes long.
    """
    value = trimmed(value)
    if is_inline(value):
        read(value, limits)
        return value
    # Whether there is such an upload is found out later, when all else is right.
    if is_upload(value):
        return value
    if (kind := base64_kind(value)) is not None:
        raise ImageRefused(_bare_base64(kind, limits))
    return check_address(value, addresses, longest=LONGEST_LINK)


def _declared_format(uri: str, limits: ImageLimits) -> str:
    declared = media_type(uri)
    if declared is None:
        raise ImageRefused(ImageComplaint("image_form", f"expected {_form(limits)}"))
    name = format_named(declared)
    if name not in limits.formats:
        message = f"image/{name} is not accepted: use one of {', '.join(limits.formats)}"
        raise ImageRefused(ImageComplaint("image_format", message))
    return name


def _form(limits: ImageLimits) -> str:
    return f"data:image/<format>;base64,<data> with a format of {', '.join(limits.formats)}"


def _bare_base64(head: bytes, limits: ImageLimits) -> ImageComplaint:
    name = format_of(head)
    example = f"; put data:image/{name};base64, before it" if name else ""
    return ImageComplaint("image_form", f"is base64 without its form: expected {_form(limits)}{example}")


def _decode(uri: str) -> bytes:
    try:
        return decode(uri, INLINE_LIMIT)
    except OverflowError:
        message = f"exceeds the {INLINE_LIMIT:,} bytes allowed for an inline image"
        raise ImageTooLarge(ImageComplaint("image_too_large", message)) from None
    except ValueError:
        message = "the data is not base64 (RFC 4648); line breaks, the URL-safe alphabet and missing padding are accepted"
        raise ImageRefused(ImageComplaint("image_base64", message)) from None
