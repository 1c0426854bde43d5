"""How a test asks a reader of one image format, and files that never come to their picture."""

from collections.abc import Callable

from cliprelay.images.errors import ImageRefused, ImageUnread
from cliprelay.images.header import Probed
from cliprelay.images.reader import Reader

UNREAD = "unread"


def refusal_code(read: Callable[[Reader], Probed], file: Reader) -> str | None:
    """The code under which the file is refused, `unread` when nothing can be relied on; None when it is taken."""
    try:
        read(file)
    except ImageRefused as refusal:
        return refusal.code
    except ImageUnread:
        return UNREAD
    return None


def endless(start: bytes, part: bytes) -> Reader:
    """A file of 30 MB in which `part` repeats behind `start`."""

    def fetch(offset: int, length: int) -> bytes:
        begun = start[offset : offset + length]
        turn = max(offset - len(start), 0) % len(part)
        return (begun + (part * (length // len(part) + 2))[turn:])[:length]

    return Reader(fetch, 29_999_999, has_end=False)
