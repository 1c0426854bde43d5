"""`Range: bytes=…` as S3 reads it: one range, or everything."""

import re
from dataclasses import dataclass

from local.aws.s3.errors import S3Error

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True)
class Span:
    """A part of an object."""

    start: int
    length: int

    def content_range(self, size: int) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def span_of(header: str | None, size: int) -> Span | None:
    """Return the wanted part, or None for the whole object; raise S3Error if the object ends before it."""
    match = _RANGE.fullmatch((header or "").replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        start, last = size - length, size - 1
    else:
        start, last = int(match[1]), min(int(match[2]), size - 1) if match[2] else size - 1
        if match[2] and int(match[2]) < start:
            return None
    if start > last:
        raise S3Error(
            "416 Requested Range Not Satisfiable",
            "InvalidRange",
            "The requested range is not satisfiable",
            RangeRequested=header or "",
            ActualObjectSize=size,
        )
    return Span(start, last - start + 1)


def part_span(number: str, parts: list[int], size: int) -> Span:
    """Return where a part of a multipart upload lies; an object that was put at once is its own only part."""
    sizes = parts or [size]
    index = int(number) - 1 if number.isascii() and number.isdecimal() else -1
    if not 0 <= index < len(sizes):
        raise S3Error("416 Requested Range Not Satisfiable", "InvalidPartNumber", "The requested partnumber is not satisfiable")
    return Span(sum(sizes[:index]), sizes[index])
