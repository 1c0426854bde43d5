"""Images at URLs: read in small parts through the guard, with limits, and never trusted."""

import gzip
import re
import socket
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.images.errors import ImageRefused, ImageUnread
from cliprelay.images.header import Probed
from cliprelay.images.remote import BLOCK, MOST_BLOCKS, MOST_PARTS, MOST_REDIRECTS, probe_remote
from cliprelay.net.deadline import deadline
from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from tests.support import image_files
from tests.support.cuts import Cut
from tests.support.makers import http_answer, reset

if TYPE_CHECKING:
    from tests.support.loopback import Loopback

MakeServer = Callable[..., "Loopback"]
GUARD = Guard(AddressRules.LOOPBACK)
PICTURE = image_files.jpeg(512, 400)
FOUND = Probed("jpeg", 512, 400)


def _probe(url: str) -> Probed:
    return probe_remote(f"{url}/a.jpg?token=secret", GUARD)


def _unread(url: str) -> str:
    with pytest.raises(ImageUnread) as caught:
        _probe(url)
    assert "secret" not in str(caught.value)
    return str(caught.value)


def _serving(data: bytes, sent: list[int] | None = None) -> Callable[[socket.socket], None]:
    """Return a server with range support; the loopback server passes it the request's head."""

    def serve(connection: socket.socket) -> None:
        first, last = _asked(connection)
        part = data[first : last + 1]
        if sent is not None:
            sent.append(len(part))
        http_answer(206, part, Content_Range=f"bytes {first}-{first + len(part) - 1}/{len(data)}")(connection)

    return serve


def _in_parts(data: bytes, most: int, total: str) -> Callable[[socket.socket], None]:
    """Return a server that sends at most so many bytes of a range; after the end it answers 416."""

    def serve(connection: socket.socket) -> None:
        first, last = _asked(connection)
        part = data[first : min(last + 1, first + most)]
        if not part:
            http_answer(416)(connection)
        else:
            http_answer(206, part, Content_Range=f"bytes {first}-{first + len(part) - 1}/{total}")(connection)

    return serve


def _asked(connection: socket.socket) -> tuple[int, int]:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4_096)
    match = re.search(rb"(?i)range: bytes=(\d+)-(\d+)", head)
    assert match
    return int(match[1]), int(match[2])


def test_the_first_block_is_requested_and_sufficient(loopback: MakeServer) -> None:
    server = loopback(http_answer(206, PICTURE, Content_Range=f"bytes 0-{len(PICTURE) - 1}/{len(PICTURE)}"))
    assert _probe(server.url) == FOUND
    assert "range: bytes=0-65535" in server.heads[0].lower()
    assert server.connections == 1


def test_a_directory_at_the_end_of_a_large_file_is_requested_alone(loopback: MakeServer) -> None:
    tiff = image_files.tiff(512, 400)
    data = tiff[:4] + (5_000_008).to_bytes(4, "little") + bytes(5_000_000) + tiff[8:]
    sent: list[int] = []
    assert _probe(loopback(_serving(data, sent), reads="nothing").url) == Probed("tiff", 512, 400)
    assert len(sent) == 2
    assert sum(sent) <= 2 * BLOCK


def test_a_server_without_ranges_is_read_up_to_the_cap_and_no_further(loopback: MakeServer) -> None:
    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 29999999\r\n\r\n" + PICTURE)
        for _ in range(400):
            connection.sendall(bytes(1 << 16))
            poured.append(1 << 16)

    poured: list[int] = []
    assert _probe(loopback(pour).url) == FOUND
    # The buffers of the two sockets add to the cap.
    assert sum(poured) < 10_000_000


def test_a_header_far_into_a_file_without_ranges_is_unread(loopback: MakeServer) -> None:
    tiff = image_files.tiff(512, 400)
    deep = tiff[:4] + (500_008).to_bytes(4, "little") + bytes(500_000) + tiff[8:]
    assert "does not support ranges" in _unread(loopback(http_answer(200, deep)).url)


def test_a_header_beyond_all_blocks_is_unread(loopback: MakeServer) -> None:
    deep = image_files.jpeg(512, 400, *(image_files.jpeg_segment(0xE2, bytes(60_000)) for _ in range(20)))
    sent: list[int] = []
    assert "too far into the file" in _unread(loopback(_serving(deep, sent), reads="nothing").url)
    assert len(sent) == MOST_BLOCKS


@pytest.mark.parametrize("size", ["Content-Length", "Content-Range", ""])
def test_a_small_complete_file_is_read_with_or_without_a_length(loopback: MakeServer, size: str) -> None:
    answers = {
        "Content-Length": http_answer(200, PICTURE),
        "Content-Range": http_answer(206, PICTURE, Content_Range="bytes 0-/*"),
        "": http_answer(200, PICTURE, Content_Length=""),
    }
    assert _probe(loopback(answers[size]).url) == FOUND


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        (http_answer(206, PICTURE, Content_Range="bytes 0-99/30000000"), ["image_bytes"]),
        (http_answer(206, PICTURE[:9], Content_Range="bytes 0-8/30000000"), ["image_bytes"]),
        (http_answer(206, image_files.gif(6_000, 1), Content_Range="bytes 0-99/30000000"), ["image_bytes", "image_pixels", "image_ratio"]),
        (http_answer(200, b"<!doctype html><title>Sign in</title>"), ["image_format"]),
        (http_answer(200, PICTURE[:9]), ["image_truncated"]),
        (http_answer(200, b""), ["image_format"]),
    ],
)
def test_a_visibly_wrong_image_is_refused(loopback: MakeServer, answer: Any, codes: list[str]) -> None:
    with pytest.raises(ImageRefused) as caught:
        _probe(loopback(answer).url)
    assert [complaint.code for complaint in caught.value.complaints] == codes


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http_answer(404), "answered 404"),
        (http_answer(403, b"<Error/>"), "answered 403"),
        (http_answer(500), "answered 500"),
        (http_answer(416), "answered 416"),
        (http_answer(204), "answered 204"),
        (http_answer(302, Location="ftp://example.com/a"), "redirects to an address"),
        (http_answer(302, Location="http://169.254.169.254/latest/meta-data"), "redirects to an address"),
        (http_answer(302, Location="https://["), "redirects to an address"),
        (http_answer(302, Location="http://127.0.0.1:port/"), "redirects to an address"),
        (http_answer(200, b"-5\r\nhello\r\n0\r\n\r\n", Content_Length="", Transfer_Encoding="chunked"), "could not be fetched"),
        (http_answer(206, PICTURE, Content_Range="bytes 5-99/100"), "different range"),
        (http_answer(206, PICTURE, Content_Range="items 0-9/10"), "different range"),
        (http_answer(206, PICTURE), "different range"),
        (http_answer(200, PICTURE[:50], Content_Length="400"), "could not be fetched"),
        (lambda connection: connection.sendall(b"not HTTP\r\n\r\n"), "could not be fetched"),
        (http_answer(200, gzip.compress(PICTURE)[:-9], Content_Encoding="gzip"), "could not be fetched"),
        (reset, "could not be fetched"),
    ],
)
def test_a_server_that_does_not_serve_the_image_leaves_it_unread(loopback: MakeServer, answer: Any, reason: str) -> None:
    assert reason in _unread(loopback(answer).url)


def test_an_unreachable_server_leaves_the_image_unread() -> None:
    assert "could not be fetched" in _unread("http://127.0.0.1:1")


def test_three_redirects_are_followed_and_a_fourth_is_not(loopback: MakeServer) -> None:
    url = loopback(http_answer(200, PICTURE)).url
    for _ in range(MOST_REDIRECTS):
        url = loopback(http_answer(302, Location=f"{url}/next")).url
    assert _probe(url) == FOUND
    assert "redirects more than 3 times" in _unread(loopback(http_answer(302, Location=f"{url}/next")).url)


def test_a_slow_server_is_cut_off_at_the_deadline(loopback: MakeServer, cut: Cut) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        for number in count():
            connection.send(b"x")
            if number == 3:
                cut.now()
            connection.settimeout(0.05)
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                pass

    server = loopback(drip)
    with deadline(60) as limit:
        _unread(server.url)
    assert limit.over


# Parts, cuts, and who made them


@pytest.mark.parametrize("total", [str(len(PICTURE)), "*"])
@pytest.mark.parametrize("most", [len(PICTURE), 100, len(PICTURE) // MOST_PARTS + 1])
def test_a_part_that_is_shorter_than_requested_is_read_on(loopback: MakeServer, most: int, total: str) -> None:
    assert _probe(loopback(_in_parts(PICTURE, most, total), reads="nothing").url) == FOUND


def test_a_part_is_read_on_only_as_far_as_needed(loopback: MakeServer) -> None:
    server = loopback(_in_parts(PICTURE + bytes(50_000), 2_000, str(len(PICTURE) + 50_000)), reads="nothing")
    assert _probe(server.url) == FOUND
    assert server.connections == 1


def test_a_file_in_too_many_small_parts_is_unread(loopback: MakeServer) -> None:
    server = loopback(_in_parts(PICTURE, 1, str(len(PICTURE))), reads="nothing")
    assert "too many small parts" in _unread(server.url)
    assert server.connections == MOST_PARTS


def _half(connection: socket.socket) -> None:
    http_answer(206, PICTURE[:9], Content_Range=f"bytes 0-8/{len(PICTURE)}")(connection)


@pytest.mark.parametrize(
    "answer",
    [
        _half,  # whatever is requested next, it is the same part
        http_answer(206, PICTURE[:9], Content_Range="bytes 0-8/*"),
        http_answer(206, b"", Content_Range=f"bytes 0-8/{len(PICTURE)}"),
        http_answer(206, PICTURE[:9], Content_Range="bytes 0-65535/*", Content_Length=""),
        http_answer(200, PICTURE[:9], Content_Length=""),
        http_answer(200, PICTURE[:9], Content_Length="many"),
        http_answer(200, PICTURE[:2], Content_Length=""),
        http_answer(200, b"", Content_Length=""),
    ],
)
def test_a_file_that_its_server_did_not_send_to_its_end_is_unread(loopback: MakeServer, answer: Any) -> None:
    assert "only a part of it" in _unread(loopback(answer).url)


def test_a_file_that_was_read_to_its_end_is_called_truncated(loopback: MakeServer) -> None:
    server = loopback(_in_parts(PICTURE[:9], 5, "9"), reads="nothing")
    with pytest.raises(ImageRefused) as caught:
        _probe(server.url)
    assert caught.value.code == "image_truncated"


def test_a_page_without_a_length_is_no_image(loopback: MakeServer) -> None:
    with pytest.raises(ImageRefused) as caught:
        _probe(loopback(http_answer(200, b"<!doctype html><title>Sign in</title>", Content_Length="")).url)
    assert caught.value.code == "image_format"


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\n\r\n" + PICTURE[:9],
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + PICTURE[:9],
        b"HTTP/1.1 206 Part\r\nContent-Range: bytes 0-65535/99999\r\n\r\n" + PICTURE[:9],
        b"HTTP/1.1 206 Part\r\nContent-Range: bytes 0-65535/99999\r\nContent-Length: 65536\r\n\r\n" + PICTURE[:9],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n" + PICTURE[:9] + b"\r\n",
    ],
)
def test_an_image_that_we_stop_waiting_for_is_unread(loopback: MakeServer, start: bytes) -> None:
    def stop(connection: socket.socket) -> None:
        connection.sendall(start)
        connection.recv(1)  # until the client hangs up

    with deadline(0.1):
        assert "could not be fetched" in _unread(loopback(stop).url)


@pytest.mark.parametrize(
    "answer",
    [
        http_answer(200, PICTURE, Content_Encoding="gzip"),
        http_answer(200, gzip.compress(PICTURE), Content_Encoding="gzip"),
        http_answer(201, PICTURE),
        http_answer(203, PICTURE),
        lambda connection: connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + PICTURE),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 300 + b"\r\n" + PICTURE),
    ],
)
def test_an_oddly_served_image_is_read(loopback: MakeServer, answer: Any) -> None:
    assert _probe(loopback(answer).url) == FOUND


@pytest.mark.parametrize("location", ["/a b.jpg", "/\xc3\xa9.jpg", "/a\\b.jpg", "?a b"])
def test_a_redirect_to_a_raw_address_is_followed(loopback: MakeServer, location: str) -> None:
    def behave(connection: socket.socket) -> None:
        (http_answer(302, Location=location) if len(server.heads) == 1 else http_answer(200, PICTURE))(connection)

    server = loopback(behave)
    assert _probe(server.url) == FOUND
    assert "%" in server.heads[1].split("\r\n")[0]
