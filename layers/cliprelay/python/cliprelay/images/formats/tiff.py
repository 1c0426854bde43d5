"""TIFF: the first directory, and whether another follows. TIFF 6.0 (Adobe, 1992), BigTIFF; Exif puts such a directory into other files."""

from struct import calcsize, unpack, unpack_from
from typing import NamedTuple

from cliprelay.images.errors import ImageRefused, ImageUnread, broken
from cliprelay.images.header import Probed
from cliprelay.images.reader import Reader


class Form(NamedTuple):
    """Byte order, and the struct formats of a directory's count, of an entry with its value, and of an offset."""

    order: str
    counter: str
    entry: str
    offset: str

    def number(self, value: bytes) -> int:
        """Return the offset in an entry's value."""
        return int(unpack(self.order + self.offset, value)[0])


Tags = dict[int, tuple[int, int, bytes]]

_CLASSIC, _BIG = ("H", "HHI4s", "I"), ("Q", "HHQ8s", "Q")
# The two forms with the bytes of 42 the wrong way round are written by some programs and read by all.
_FORMS = {
    b"II*\0": Form("<", *_CLASSIC),
    b"MM\0*": Form(">", *_CLASSIC),
    b"II\0*": Form("<", *_CLASSIC),
    b"MM*\0": Form(">", *_CLASSIC),
    b"II+\0": Form("<", *_BIG),
    b"MM\0+": Form(">", *_BIG),
}
MAGIC = tuple(_FORMS)
_WIDTH, _HEIGHT, _ORIENTATION = 256, 257, 274
# Whole numbers: SHORT, LONG, the signed ones, IFD and LONG8. Decoders take a BYTE as text.
_NUMBERS = {3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q"}
# Orientations with a quarter turn.
_QUARTERS = (5, 6, 7, 8)
# Programs write some twenty, cameras fewer than two hundred, in ascending order.
_MOST_ENTRIES = 1_000


def read(file: Reader) -> Probed:
    """Read the first image; of the chain of directories after it, only the next one is checked."""
    form, first = form_of(file, 0)
    tags, following = directory(file, 0, form, first)
    width, height = (_integer(file, 0, form, tags, tag) for tag in (_WIDTH, _HEIGHT))
    if width is None or height is None:
        raise _sizeless(file, form, first, tags)
    if width <= 0 or height <= 0:
        raise broken("its width or height is not positive")
    turned = _integer(file, 0, form, tags, _ORIENTATION) in _QUARTERS
    sides = (height, width) if turned else (width, height)
    return Probed("tiff", *sides, frames=_frames(file, form, first, following), turned=turned)


def _sizeless(file: Reader, form: Form, place: int, tags: Tags) -> Exception:
    """Return the error for a directory without a readable size; decoders may find one in a damaged directory."""
    count, start, size = _extent(file, form, place)
    if count > _MOST_ENTRIES or {_WIDTH, _HEIGHT} <= tags.keys():
        return ImageUnread("its first directory is damaged")
    file.at(start, size * count)  # it is complete
    return broken("its first directory has no size")


def is_turned(file: Reader, base: int) -> bool:
    """Return whether the Exif data at `base` asks for a quarter turn; damaged data does not."""
    try:
        form, first = form_of(file, base)
        tags, _ = directory(file, base, form, first)
        return _integer(file, base, form, tags, _ORIENTATION) in _QUARTERS
    except (ImageRefused, ImageUnread):
        return False


def form_of(file: Reader, base: int) -> tuple[Form, int]:
    """Return the form of the data at `base` and the place of its first directory."""
    form = _FORMS.get(file.at(base, 4))
    if form is None:
        raise broken("its byte order is unknown")
    return form, int(file.unpack(form.order + form.offset, base + calcsize("<" + form.offset))[0])


def directory(file: Reader, base: int, form: Form, place: int) -> tuple[Tags, int]:
    """Return a directory's type, count and value by tag, and the place of the next directory (0: none).

    Decoders use what is there of a directory that is cut off.
    """
    if not place:
        raise broken("it has no directory")
    count, start, size = _extent(file, form, base + place)
    data = file.up_to(start, size * min(count, _MOST_ENTRIES))
    tags: Tags = {}
    for entry in range(0, len(data) - size + 1, size):
        tag, kind, number, value = unpack_from(form.order + form.entry, data, entry)
        if number:
            tags.setdefault(tag, (kind, number, value))
    width = calcsize("<" + form.offset)
    following = file.up_to(start + size * count, width)
    return tags, form.number(following) if len(following) == width else 0


def _extent(file: Reader, form: Form, position: int) -> tuple[int, int, int]:
    """Return the number of a directory's entries, where they begin, and the length of one."""
    (count,) = file.unpack(form.order + form.counter, position)
    return count, position + calcsize("<" + form.counter), calcsize("<" + form.entry)


def _integer(file: Reader, base: int, form: Form, tags: Tags, tag: int) -> int | None:
    """Return the first number of a tag; numbers that do not fit into the entry are elsewhere in the file."""
    kind, count, value = tags.get(tag, (0, 0, b""))
    letter = _NUMBERS.get(kind)
    if letter is None:
        return None
    size = calcsize(letter)
    if size * count > len(value):
        value = file.up_to(base + form.number(value), size)
    if len(value) < size:
        return None
    return int(unpack_from(form.order + letter, value)[0])


def _frames(file: Reader, form: Form, first: int, following: int) -> int | None:
    """Return 1 or 2; None if the next directory is unreadable. A link back to the first one does not count."""
    if following in (0, first):
        return 1
    try:
        tags, _ = directory(file, 0, form, following)
    except (ImageRefused, ImageUnread):
        return None
    return 2 if tags else None
