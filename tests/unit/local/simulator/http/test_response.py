"""Answers as data: bodies of the length that they announce, in pieces, and a manner that changes nothing else."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from local.simulator.http.response import Body, FileBody, MemoryBody, PaddedBody, Response, json_response, xml_response

PIECE = 64 * 1024


@pytest.mark.parametrize("length", [0, 1, PIECE, PIECE + 1, 3 * PIECE])
def test_every_body_has_the_length_that_it_announces_in_pieces_of_at_most_64_kb(length: int, tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(b"before" + bytes(length) + b"after")
    bodies: list[Body] = [MemoryBody(bytes(length)), FileBody(path, 6, length), PaddedBody(b"", length)]
    for body in bodies:
        pieces = list(body.chunks())
        assert (body.length, len(b"".join(pieces))) == (length, length)
        assert max(map(len, pieces), default=0) <= PIECE


def test_a_flood_begins_as_told_and_is_cut_at_its_length() -> None:
    assert b"".join(PaddedBody(b"ftyp", 6).chunks()) == b"ftypxx"
    assert b"".join(PaddedBody(b"ftyp", 2).chunks()) == b"ft"


def test_a_manner_and_headers_are_added_to_what_was_there() -> None:
    reply = json_response(201, {"id": 1})
    slow = reply.with_transmission(wait=2.0).with_transmission(framing="chunked").with_headers(Retry_After="5")
    assert (slow.manner.wait, slow.manner.framing) == (2.0, "chunked")
    assert slow.headers == {"Content-Type": "application/json", "Retry-After": "5"}
    assert (slow.status, slow.body) == (201, reply.body)
    assert reply.manner == Response().manner


def test_errors_are_written_as_their_senders_write_them() -> None:
    assert json.loads(b"".join(json_response(200, {"id": "a"}).body.chunks())) == {"id": "a"}
    assert b"<Code>NoSuchKey</Code><Message>Gone</Message>" in b"".join(xml_response(404, "NoSuchKey", "Gone").body.chunks())
    assert all(first != second for first, second in pairwise([json_response(200, 1), xml_response(200, "a", "b"), Response()]))
