"""C2PA manifests (Content Credentials) in an MP4: whether there is one, found out without reading what it says.

A manifest is in a `uuid` box at the top level of the file: 16 bytes that name the kind of box, version and flags, and its purpose as
text that ends with a zero. https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html (Embedding manifests
into BMFF-based assets)
"""

from typing import IO

from cliprelay.media.mp4.boxes import Box, Unreadable, boxes, read

_KIND = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_VERSION_AND_FLAGS = bytes(4)
# A box of purpose `merkle` only serves a manifest in another box.
_PURPOSES = (b"manifest\0", b"original\0", b"update\0")
_LONGEST = max(map(len, _PURPOSES))


def has_c2pa(file: IO[bytes], size: int) -> bool | None:
    """Return whether a file of `size` bytes has a C2PA manifest, which is not verified; None if its boxes cannot be read."""
    try:
        return any(_is_manifest(file, box) for box in boxes(file, 0, size) if box.kind == b"uuid" and box.end <= size)
    except Unreadable:
        return None


def _is_manifest(file: IO[bytes], box: Box) -> bool:
    begin = _KIND + _VERSION_AND_FLAGS
    found = read(file, box, 0, min(len(begin) + _LONGEST, box.end - box.content))
    return found.startswith(tuple(begin + purpose for purpose in _PURPOSES))
