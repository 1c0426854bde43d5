"""Bodies: as sent, and decompressed only if they really are compressed."""

import gzip
import zlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from cliprelay.net.body import pieces, raw_pieces

TEXT = b"a video " * 1_000
# Made once: a compressed body contains the second in which it was made.
COMPRESSED = gzip.compress(TEXT)


def _response(body: bytes, encoding: str = "", transfer: str = "", step: int = 7) -> Any:
    """A response whose body arrives in small pieces."""
    left = [body[start : start + step] for start in range(0, len(body), step)]
    raw = SimpleNamespace(read=lambda size, decode_content: left.pop(0) if left else b"")
    return SimpleNamespace(raw=raw, headers={"Content-Encoding": encoding, "Transfer-Encoding": transfer})


def _joined(found: Iterator[bytes]) -> bytes:
    return b"".join(found)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP", "identity, gzip", "gzip, gzip", "deflate"])
def test_a_named_compression_is_undone(encoding: str) -> None:
    assert _joined(pieces(_response(COMPRESSED, encoding))) == TEXT
    assert _joined(pieces(_response(zlib.compress(TEXT), encoding))) == TEXT
    assert _joined(pieces(_response(COMPRESSED, transfer=f"{encoding}, chunked"))) == TEXT


def test_data_that_is_compressed_twice_is_undone_as_often_as_it_is_named() -> None:
    twice = gzip.compress(COMPRESSED)
    assert _joined(pieces(_response(twice, "gzip, gzip"))) == TEXT
    assert _joined(pieces(_response(twice, "gzip"))) == COMPRESSED


@pytest.mark.parametrize("body", [TEXT, b"", b"x", b"\0\0\0\x18ftypmp42", b'{"id": "t-1"}', b"<html>", b"\x1f"])
@pytest.mark.parametrize("encoding", ["", "gzip", "deflate", "gzip, gzip", "identity, identity", "aws-chunked", "br", ", ,"])
def test_data_that_is_not_compressed_stays_as_it_is(body: bytes, encoding: str) -> None:
    assert _joined(pieces(_response(body, encoding))) == body
    assert _joined(pieces(_response(body, encoding, step=1))) == body


@pytest.mark.parametrize("encoding", ["", "identity", "br"])
def test_compression_that_is_not_named_is_content(encoding: str) -> None:
    assert _joined(pieces(_response(COMPRESSED, encoding))) == COMPRESSED


@pytest.mark.parametrize("step", [1, 2, 10_000])
def test_several_gzip_members_are_one_file_and_padding_is_nothing(step: int) -> None:
    members = COMPRESSED + gzip.compress(b"end")
    assert _joined(pieces(_response(members, "gzip", step=step))) == TEXT + b"end"
    assert _joined(pieces(_response(members + bytes(9), "gzip", step=step))) == TEXT + b"end"


@pytest.mark.parametrize("cut", [1, 8, 20])
def test_compressed_data_that_breaks_off_is_an_error(cut: int) -> None:
    with pytest.raises(ValueError, match="breaks off"):
        _joined(pieces(_response(COMPRESSED[:-cut], "gzip")))


def test_a_body_that_breaks_off_behind_its_compressed_data_is_an_error() -> None:
    parts = iter((COMPRESSED + bytes(9), bytes(9)))
    raw = SimpleNamespace(read=lambda size, decode_content: next(parts))  # breaks off: it never returns nothing
    response: Any = SimpleNamespace(raw=raw, headers={"Content-Encoding": "gzip"})
    with pytest.raises(RuntimeError):
        _joined(pieces(response))


def test_damaged_compressed_data_is_an_error() -> None:
    with pytest.raises(ValueError, match="damaged"):
        _joined(pieces(_response(COMPRESSED[:20] + bytes(100), "gzip")))


def test_a_bomb_is_unpacked_in_small_pieces() -> None:
    found = pieces(_response(gzip.compress(bytes(10_000_000)), "gzip", step=1 << 20), 1_000)
    assert {len(next(found)) for _ in range(50)} == {1_000}


def test_raw_pieces_are_as_sent_whatever_is_named() -> None:
    assert _joined(raw_pieces(_response(COMPRESSED, "gzip"))) == COMPRESSED
