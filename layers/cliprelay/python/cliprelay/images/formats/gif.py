"""GIF: the screen, the first frame, and whether another follows. https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""

import re

from cliprelay.images.errors import ImageRefused, ImageUnread, broken
from cliprelay.images.header import Probed
from cliprelay.images.reader import Reader

MAGIC = (b"GIF87a", b"GIF89a")
_EXTENSION, _FRAME, _END = 0x21, 0x2C, 0x3B
_APPLICATION, _LOOPS, _COMMENT = 0xFF, b"\x0bNETSCAPE2.0", 0xFE
# Decoders skip stray bytes between blocks.
_BLOCK = re.compile(rb"[!,;]")
_STEP, _MOST_STRAY = 4_096, 65_536


def read(file: Reader) -> Probed:
    """Read the size: that of the screen, or more where the first frame exceeds it, because decoders enlarge the screen then."""
    width, height, flags = file.unpack("<HHB", 6)
    frame, loops = _to_frame(file, 13 + _table(flags))
    if frame is None:
        raise broken("it has no frame")
    left, top, wide, high, flags = file.unpack("<HHHHB", frame + 1)
    after = frame + 10 + _table(flags) + 1  # one byte of code size before the data
    file.at(after - 1, 1)
    if not wide or not high:
        raise ImageUnread("its first frame is empty")
    if not file.up_to(after, 1):
        raise ImageUnread("it ends before its image data")
    return Probed("gif", max(width, left + wide), max(height, top + high), frames=_more(file, after, loops))


def _table(flags: int) -> int:
    """Return the length in bytes of the colour table that the flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _to_frame(file: Reader, position: int) -> tuple[int | None, bool]:
    """Return where the next frame begins (None at the end), and whether an extension before it declares a loop."""
    loops = False
    while True:
        position = _block(file, position)
        (kind,) = file.at(position, 1)
        if kind == _FRAME:
            return position, loops
        if kind == _END:
            return None, loops
        label = file.at(position + 1, 1)[0]
        is_loop = label == _APPLICATION and file.up_to(position + 2, 12) == _LOOPS
        if label != _COMMENT and not file.at(position + (14 if is_loop else 2), 1)[0]:
            raise ImageUnread("it has an empty extension")  # some decoders read on after it
        loops = loops or is_loop
        position = _past_blocks(file, position + 2)


def _block(file: Reader, position: int) -> int:
    """Return where the next block begins, whatever bytes come before it."""
    begin, data = position, file.at(position, 1)
    while not (match := _BLOCK.search(data)):
        position += len(data)
        if position - begin > _MOST_STRAY:
            raise ImageUnread("it has too many stray bytes between its blocks")
        data = file.at(position, 1) + file.up_to(position + 1, _STEP)
    return position + match.start()


def _past_blocks(file: Reader, position: int) -> int:
    """Skip data blocks of at most 255 bytes, each after its length, up to the empty one at the end."""
    while length := file.at(position, 1)[0]:
        position += 1 + length
    return position + 1


def _more(file: Reader, position: int, loops: bool) -> int | None:
    """Return the frames after the first; if its data cannot be read to the end, a declared loop means an animation."""
    try:
        found, _ = _to_frame(file, _past_blocks(file, position))
    except (ImageRefused, ImageUnread):
        return 2 if loops else None
    return 1 if found is None else 2
