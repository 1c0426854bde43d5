"""Random access to a file that reads as little as possible, up to a fixed amount."""

from collections.abc import Callable
from struct import calcsize, unpack
from typing import Any

from cliprelay.images.errors import TRUNCATED, ImageComplaint, ImageRefused, ImageUnread

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
        """Return exactly `length` bytes; raises ImageRefused if the file is shorter, ImageUnread if the search takes too long."""
        self.step()
        data = self.up_to(offset, length)
        if len(data) < length:
            raise ImageRefused(ImageComplaint(TRUNCATED, "the file ends before the image data; send the whole file"))
        return data

    def up_to(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes, fewer only at the end of the file."""
        data = self._fetch(offset, length)
        self.bytes_read += len(data)
        return data

    def unpack(self, form: str, offset: int) -> tuple[Any, ...]:
        """Return numbers in a format of the struct module."""
        return unpack(form, self.at(offset, calcsize(form)))

    def tail(self, length: int) -> bytes:
        """Return up to `length` bytes at the end of the file; none if its end may not be read."""
        if self.size is None or not self.has_end:
            return b""
        length = min(length, self.size)
        return self.up_to(self.size - length, length)

    def step(self) -> None:
        """Count one step of a loop over the file, so that no file can cause an endless loop; raises ImageUnread."""
        self.steps += 1
        if self.steps > STEPS:
            raise ImageUnread("it has more segments before its image data than are read")


def over(data: bytes) -> Reader:
    """Return a reader of a file in memory; it copies only what it reads."""
    view = memoryview(data)
    return Reader(lambda offset, length: bytes(view[offset : offset + length]), len(data))


class Blocks:
    """A Fetch for a remote file: at most `most` requests, each twice as large as the one before, the first of `block` bytes.

    So a few requests suffice for a long row of segments as well as for a distant one.
    """

    def __init__(self, load: Fetch, *, block: int, most: int) -> None:
        self._load, self._block, self._most = load, block, most
        self._known: list[tuple[int, bytes]] = []
        self._end: int | None = None

    def __call__(self, offset: int, length: int) -> bytes:
        """Return the bytes; raises ImageUnread when `most` requests are not enough."""
        data = b""
        while missing := length - len(data):
            part = self._from(offset + len(data), missing)
            if not part:
                break
            data += part
        return data

    def _from(self, offset: int, length: int) -> bytes:
        """Return some of the bytes that begin at `offset`; none at the end of the file."""
        for start, data in self._known:
            if start <= offset < start + len(data):
                return data[offset - start : offset - start + length]
        if self._end is not None and offset >= self._end:
            return b""
        asked = len(self._known)
        if asked == self._most:
            raise ImageUnread("its header is too far into the file")
        wanted = max(self._block << asked, length)
        try:
            data = self._load(offset, wanted)
        except OSError:
            if not asked:
                raise
            # What is known by now may suffice, such as the size without the number of frames.
            raise ImageUnread("it could not be fetched far enough") from None
        self._known.append((offset, data))
        if len(data) < wanted:
            self._end = offset + len(data)
        return data[:length]
