"""Check `image` and `last_image`: data URIs at once, URLs when they are fetched."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from local.simulator.contract.errors import UpstreamError, invalid
from local.simulator.contract.image_header import Header, read_header

MAX_BYTES = 30_000_000  # "< 30 MB", interpreted strictly: decimal and exclusive
_DATA_URI = re.compile(r"data:image/(jpeg|png|webp|bmp|tiff|gif);base64,(.*)", re.DOTALL)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_FETCH_SECONDS = 10  # local images take milliseconds; an unreachable host must not stall a download


@dataclass(frozen=True)
class Picture:
    """An input image; `header` is None for a URL not yet fetched."""

    url: str = ""
    data: bytes = b""
    header: Header | None = None
    file: str = ""  # the name of the file with the data


Fetch = Callable[[str], bytes]


def read_picture(field: str, value: object, fetch_now: Fetch | None = None) -> Picture:
    """Check one image field; a URL's contents are checked only if `fetch_now` is given."""
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{field} must be a non-empty string")
    if value.startswith("data:"):
        data = _decode(field, value)
        return Picture(data=data, header=check_image(field, data))
    _check_url(field, value)
    if fetch_now is None:
        return Picture(url=value)
    data = _fetch_or_refuse(field, value, fetch_now)
    return Picture(url=value, data=data, header=check_image(field, data))


def _decode(field: str, value: str) -> bytes:
    match = _DATA_URI.fullmatch(value)
    if match is None:
        raise UpstreamError(400, "INVALID_IMAGE_FORMAT", f"{field} must be data:image/<jpeg|png|webp|bmp|tiff|gif>;base64,…")
    try:
        data = base64.b64decode(match[2], validate=True)
    except (binascii.Error, ValueError):
        raise UpstreamError(400, "INVALID_IMAGE_FORMAT", f"{field} is not valid base64") from None
    if _format(field, data) != match[1]:
        raise UpstreamError(400, "INVALID_IMAGE_FORMAT", f"{field} does not hold the {match[1]} that it declares")
    return data


def _format(field: str, data: bytes) -> str:
    return _header(field, data).format


def _header(field: str, data: bytes) -> Header:
    try:
        return read_header(data)
    except ValueError as reason:
        raise UpstreamError(400, "INVALID_IMAGE_FORMAT", f"{field}: {reason}") from None


def check_image(field: str, data: bytes) -> Header:
    """Check the documented limits, all of them exclusive."""
    if len(data) >= MAX_BYTES:
        raise UpstreamError(400, "IMAGE_FILE_EXCEEDS_MAX_SIZE", f"{field} must be smaller than 30 MB")
    header = _header(field, data)
    width, height = header.width, header.height
    if max(width, height) >= 6000:
        raise UpstreamError(400, "IMAGE_EXCEEDS_MAX_RESOLUTION", f"{field} must be less than 6000 px on each side")
    if min(width, height) <= 300:
        raise UpstreamError(400, "INVALID_IMAGE_SIZE", f"{field} must be more than 300 px on each side")
    if not (2 * height < 5 * width and 2 * width < 5 * height):
        raise UpstreamError(400, "INVALID_IMAGE_SIZE", f"{field} width / height must lie between 0.4 and 2.5")
    return header


def _check_url(field: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises ValueError if invalid
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in value):
        raise invalid(f"{field} must be an http(s) URL or a base64 data URI")


def _fetch_or_refuse(field: str, url: str, fetch: Fetch) -> bytes:
    try:
        return fetch(url)
    except OSError as reason:
        raise invalid(f"{field} could not be fetched: {reason}") from None


def fetcher(reach: str) -> Fetch | None:
    """Return a function that fetches image URLs from `loopback` or `any` host, or None for `none`."""
    if reach == "none":
        return None
    return lambda url: fetch(url, loopback_only=reach == "loopback")


def fetch(url: str, loopback_only: bool = True) -> bytes:
    """GET without redirects; every failure is an OSError."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if loopback_only and host not in _LOOPBACK:
        raise OSError(f"{host} is not a loopback host")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(host, parts.port, timeout=_FETCH_SECONDS)
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        answer = connection.getresponse()
        if answer.status != 200:
            raise OSError(f"answer {answer.status}")
        return answer.read(MAX_BYTES)
    except HTTPException as broken:
        raise OSError(f"broken answer: {type(broken).__name__}") from broken
    finally:
        connection.close()
