"""S3's checksums of objects; those that Python does not have are calculated here, at some 10 MB/s.

Parameters: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html, https://reveng.sourceforge.io/crc-catalogue/.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from typing import Protocol
from zlib import crc32


class Checksum(Protocol):
    """As in hashlib."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


class _Crc:
    """A reflected CRC whose initial and final value has all bits set."""

    def __init__(self, polynomial: int, size: int) -> None:
        self._table, self._size, self._ones = _table(polynomial), size, (1 << 8 * size) - 1
        self._value = self._ones

    def update(self, data: bytes, /) -> None:
        table, value = self._table, self._value
        for byte in data:
            value = table[(value ^ byte) & 255] ^ (value >> 8)
        self._value = value

    def digest(self) -> bytes:
        return (self._value ^ self._ones).to_bytes(self._size, "big")


@cache
def _table(polynomial: int) -> list[int]:
    return [_shifted(byte, polynomial) for byte in range(256)]


def _shifted(value: int, polynomial: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return value


ALGORITHMS: dict[str, Callable[[], Checksum]] = {
    "sha256": hashlib.sha256,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "crc32": _Crc32,
    "crc32c": lambda: _Crc(0x82F63B78, 4),
    "crc64nvme": lambda: _Crc(0x9A6C9329AC4BC9B5, 8),
}


class Sums:
    """The MD5 and the requested checksums of some bytes, updated piece by piece."""

    def __init__(self, algorithms: Iterable[str]) -> None:
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._checksums = {name: ALGORITHMS[name]() for name in algorithms}

    def update(self, data: bytes) -> None:
        self._md5.update(data)
        for each in self._checksums.values():
            each.update(data)

    @property
    def md5(self) -> bytes:
        return self._md5.digest()

    @property
    def checksums(self) -> dict[str, str]:
        """The checksums in base64, by algorithm."""
        return {name: base64.b64encode(each.digest()).decode() for name, each in self._checksums.items()}


def composite(algorithm: str, checksums: Iterable[str]) -> str:
    """Return the checksum of the parts' checksums, as S3 writes it."""
    given = [base64.b64decode(each) for each in checksums]
    total = ALGORITHMS[algorithm]()
    total.update(b"".join(given))
    return f"{base64.b64encode(total.digest()).decode()}-{len(given)}"
