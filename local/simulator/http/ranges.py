"""`Range: bytes=…` on a whole answer: one range, as S3 serves it; anything else gets the whole."""

import re
from dataclasses import replace

from local.simulator.http.response import Body, FilePart, Reply, Text, xml_reply

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def ranged(reply: Reply, header: str) -> Reply:
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return reply
    size = reply.body.length
    first, last = _bounds(match[1], match[2], size)
    if first > last:
        unsatisfied = xml_reply(416, "InvalidRange", "The requested range is not satisfiable")
        return unsatisfied.with_headers(Content_Range=f"bytes */{size}")
    part = replace(reply, status=206, body=part_of(reply.body, first, last - first + 1))
    return part.with_headers(Content_Range=f"bytes {first}-{last}/{size}")


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte; a first beyond the last is a range that cannot be served."""
    if not first:  # the last so many bytes
        return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)
    end = min(int(last), size - 1) if last else size - 1
    return int(first), end


def part_of(body: Body, start: int, length: int) -> Body:
    if isinstance(body, FilePart):
        return FilePart(body.path, body.start + start, min(length, body.length - start))
    return Text(b"".join(body.chunks())[start : start + length])
