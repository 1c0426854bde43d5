"""One range of bytes as S3 serves it; whatever else the header says gets the whole."""

from pathlib import Path

import pytest

from local.simulator.http.ranges import part_of, ranged
from local.simulator.http.response import FileBody, MemoryBody, Response

WHOLE = Response(200, {"Content-Type": "video/mp4"}, MemoryBody(b"0123456789"))


@pytest.mark.parametrize(
    ("header", "content", "range_"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-99", b"789", "bytes 7-9/10"),
        ("bytes=-4", b"6789", "bytes 6-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("bytes= 2 - 2", b"2", "bytes 2-2/10"),
    ],
)
def test_a_range_is_served_as_a_part(header: str, content: bytes, range_: str) -> None:
    part = ranged(WHOLE, header)
    assert (part.status, b"".join(part.body.chunks()), part.body.length) == (206, content, len(content))
    assert part.headers == {"Content-Type": "video/mp4", "Content-Range": range_}


@pytest.mark.parametrize("header", ["", "bytes=-", "bytes=0-1,3-4", "items=0-1", "bytes=a-b"])
def test_any_other_header_gets_the_whole(header: str) -> None:
    assert ranged(WHOLE, header) == WHOLE


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=5-4"])
def test_a_range_outside_the_whole_is_a_416_that_names_its_size(header: str) -> None:
    refused = ranged(WHOLE, header)
    assert (refused.status, refused.headers["Content-Range"]) == (416, "bytes */10")


def test_a_part_of_a_file_is_read_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"0123456789")
    part = part_of(part_of(FileBody(path, 0, 10), 2, 6), 3, 99)
    assert (part.length, b"".join(part.chunks())) == (3, b"567")
