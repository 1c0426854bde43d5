"""Random access to a file of which as little as possible is read, and never more than a fixed amount."""

from collections.abc import Callable
from struct import calcsize, unpack
from typing import Any

from cliprelay.images.errors import Complaint, ImageRefused, ImageUnread

# (offset, length) -> the bytes there; fewer only where the file ends.
Fetch = Callable[[int, int], bytes]

# A header is found in some ten places; photographs with much metadata need a few hundred. Each costs about a microsecond.
STEPS = 5_000


class Reader:
    """A file behind `fetch`; `size` is its length where that is known, `has_end` is whether its end may be asked for too.

    `bytes_read` and `steps` say what was spent.
    """

    def __init__(self, fetch: Fetch, size: int | None, *, has_end: bool = True) -> None:
        self._fetch, self.size, self.has_end = fetch, size, has_end
        self.bytes_read = self.steps = 0

    def at(self, offset: int, length: int) -> bytes:
        """Exactly so many bytes; raises ImageRefused where the file ends before, or when the search takes too long."""
        self.step()
        data = self.up_to(offset, length)
        if len(data) < length:
            raise ImageRefused(Complaint("image_truncated", "the file ends before its picture begins; send all of it"))
        return data

    def up_to(self, offset: int, length: int) -> bytes:
        """The bytes there, fewer where the file ends."""
        data = self._fetch(offset, length)
        self.bytes_read += len(data)
        return data

    def unpack(self, form: str, offset: int) -> tuple[Any, ...]:
        """Numbers in the form of the struct module."""
        return unpack(form, self.at(offset, calcsize(form)))

    def step(self) -> None:
        """Every turn of a loop over the file counts, so that no file can keep it turning."""
        self.steps += 1
        if self.steps > STEPS:
            raise ImageRefused(Complaint("image_header", "the file has more parts before its picture than any camera or program writes"))


def over(data: bytes) -> Reader:
    """A reader of a file that is in memory; nothing of it is copied but what is looked at."""
    view = memoryview(data)
    return Reader(lambda offset, length: bytes(view[offset : offset + length]), len(data))


class Blocks:
    """A Fetch over something far away: whole blocks, each asked for once, and only `most` of them."""

    def __init__(self, load: Fetch, *, block: int, most: int) -> None:
        self._load, self._block, self._most = load, block, most
        self._known: dict[int, bytes] = {}

    def __call__(self, offset: int, length: int) -> bytes:
        """The bytes there; raises ImageUnread once `most` blocks have been loaded."""
        first, last = offset // self._block, (offset + length - 1) // self._block
        data = b"".join(self._at(number) for number in range(first, last + 1))
        begin = offset - first * self._block
        return data[begin : begin + length]

    def _at(self, number: int) -> bytes:
        if number not in self._known:
            if len(self._known) == self._most:
                raise ImageUnread("the header lies too deep in the file")
            self._known[number] = self._load(number * self._block, self._block)
        return self._known[number]
