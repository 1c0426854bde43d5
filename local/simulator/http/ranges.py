"""Serve `Range: bytes=…` as S3 does: a single range; anything else gets the whole file."""

import re
from dataclasses import replace

from local.simulator.http.response import Body, FileBody, MemoryBody, Response, xml_response

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def ranged(response: Response, header: str) -> Response:
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return response
    size = response.body.length
    first, last = _bounds(match[1], match[2], size)
    if first > last:
        unsatisfied = xml_response(416, "InvalidRange", "The requested range is not satisfiable")
        return unsatisfied.with_headers(Content_Range=f"bytes */{size}")
    part = replace(response, status=206, body=part_of(response.body, first, last - first + 1))
    return part.with_headers(Content_Range=f"bytes {first}-{last}/{size}")


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the first and last byte; first > last means an unsatisfiable range."""
    if not first:  # a suffix range
        return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)
    end = min(int(last), size - 1) if last else size - 1
    return int(first), end


def part_of(body: Body, start: int, length: int) -> Body:
    if isinstance(body, FileBody):
        return FileBody(body.path, body.start + start, min(length, body.length - start))
    return MemoryBody(b"".join(body.chunks())[start : start + length])
