"""Random access to a file that reads as little as possible, up to a fixed amount."""

from collections.abc import Callable
from struct import calcsize, unpack
from typing import Any

from cliprelay.images.errors import ImageComplaint, ImageRefused, ImageUnread

# (offset, length) -> the bytes there; fewer only at the end of the file.
Fetch = Callable[[int, int], bytes]

# A typical header takes some ten steps, a photograph with much metadata a few hundred. A step costs about a microsecond.
STEPS = 5_000


class Reader:
    """A file behind `fetch`; `size` is its length, if known, and `has_end` says whether its end may be read.

    `bytes_read` and `steps` measure the effort so far.
    """

    def __init__(self, fetch: Fetch, size: int | None, *, has_end: bool = True) -> None:
        self._fetch, self.size, self.has_end = fetch, size, has_end
        self.bytes_read = self.steps = 0

    def at(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes; raises ImageRefused if the file is shorter or the search takes too long."""
        self.step()
        data = self.up_to(offset, length)
        if len(data) < length:
            raise ImageRefused(ImageComplaint("image_truncated", "the file ends before the image data; send the whole file"))
        return data

    def up_to(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes, fewer only at the end of the file."""
        data = self._fetch(offset, length)
        self.bytes_read += len(data)
        return data

    def unpack(self, form: str, offset: int) -> tuple[Any, ...]:
        """Return numbers in a format of the struct module."""
        return unpack(form, self.at(offset, calcsize(form)))

    def step(self) -> None:
        """Count one step of a loop over the file, so that no file can cause an endless loop."""
        self.steps += 1
        if self.steps > STEPS:
            raise ImageRefused(ImageComplaint("image_header", "the file has more segments before its image data than any program writes"))


def over(data: bytes) -> Reader:
    """Return a reader of a file in memory; it copies only what it reads."""
    view = memoryview(data)
    return Reader(lambda offset, length: bytes(view[offset : offset + length]), len(data))


class Blocks:
    """A Fetch for a remote file: whole blocks, each loaded once, and at most `most` of them."""

    def __init__(self, load: Fetch, *, block: int, most: int) -> None:
        self._load, self._block, self._most = load, block, most
        self._known: dict[int, bytes] = {}

    def __call__(self, offset: int, length: int) -> bytes:
        """Return the bytes; raises ImageUnread when `most` blocks are not enough."""
        first, last = offset // self._block, (offset + length - 1) // self._block
        data = b"".join(self._at(number) for number in range(first, last + 1))
        begin = offset - first * self._block
        return data[begin : begin + length]

    def _at(self, number: int) -> bytes:
        if number not in self._known:
            if len(self._known) == self._most:
                raise ImageUnread("its header is too far into the file")
            self._known[number] = self._load(number * self._block, self._block)
        return self._known[number]
