"""What a caller may give as a picture: a path, bytes, an open file, an address, a data URI or an earlier upload."""

import hashlib
import os
import re
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cliprelay_client.api.errors import UsageError

# The server takes 4.0 MB inline, 6 MB for the whole body, and 30 MB as an upload. Up to this, base64 costs less than two more requests.
INLINE_BYTES = 500_000
LARGEST = 29_999_999

_SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)


@dataclass(frozen=True)
class Picture:
    """A picture to order with: a value that is sent as it is, or the bytes of a file."""

    value: str = ""
    data: bytes = b""
    content_type: str = ""

    @property
    def identity(self) -> str:
        """Equal for the same bytes, under any name; an address is the same only with the same text."""
        return f"sha256:{self.sha256}" if self.data else f"text:{self.value}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def inline(self) -> str:
        return f"data:{self.content_type};base64,{b64encode(self.data).decode()}"


PictureSource = str | os.PathLike[str] | bytes | BinaryIO | Picture


def picture_of(source: PictureSource) -> Picture:
    """Read a picture; raise UsageError for a file that is gone or is none."""
    if isinstance(source, Picture):
        return source
    if isinstance(source, bytes):
        return _checked(source, "The picture")
    if isinstance(source, str) and re.match(r"https?://|data:|upload_[0-9a-f]{32}$", source):
        return Picture(value=source)
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return _checked(_read(path), str(path))
    data = source.read()
    if not isinstance(data, bytes):
        raise UsageError("The picture's file must be open in binary mode, as with open(path, 'rb').")
    return _checked(data, str(getattr(source, "name", "The picture")))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(_too_large(str(path)))
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder, not a picture.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None


def _too_large(name: str) -> str:
    return f"{name} is larger than 30 MB, the most that a picture may have."


def _checked(data: bytes, name: str) -> Picture:
    if len(data) > LARGEST:
        raise UsageError(_too_large(name))
    kind = content_type(data)
    if kind is None:
        what = "is empty" if not data else "is not a picture"
        raise UsageError(f"{name} {what}; a picture is a jpeg, png, webp, bmp, tiff or gif file.")
    return Picture(data=data, content_type=kind)


def content_type(data: bytes) -> str | None:
    """Name the format by the first bytes, because names lie."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for sign, kind in _SIGNS if data.startswith(sign)), None)
