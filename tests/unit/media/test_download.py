"""Downloads of finished videos: complete, verified, without the key, and only from allowed URLs."""

import gzip
import hashlib
import io
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cliprelay.errors import BadVideo, DeadLink, DownloadError, OutOfTime
from cliprelay.media.download import MOST_REDIRECTS, Downloaded, Downloader
from cliprelay.net.guard import Guard
from cliprelay.net.urls import LONGEST_LINK, AddressRules
from tests.support.makers import any_mp4, http_answer, reset

if TYPE_CHECKING:
    from tests.support.loopback import Loopback

Serve = Callable[..., "Loopback"]
VIDEO = any_mp4(bytes(200_000))
WHOLE = Downloaded(len(VIDEO), hashlib.sha256(VIDEO).hexdigest(), framed=True)
UNFRAMED = replace(WHOLE, framed=False)
SIZE, PACKED = len(VIDEO), gzip.compress(VIDEO)
AGES = 60.0


def _fetch(
    url: str, *, rules: AddressRules = AddressRules.LOOPBACK, limit: int = 10_000_000, seconds: float = AGES
) -> tuple[Downloaded, bytes]:
    file = io.BytesIO()
    got = Downloader(Guard(rules), limit).fetch(url, file, seconds=seconds)
    return got, file.getvalue()


def _failure(url: str, **options: float) -> DownloadError:
    with pytest.raises(DownloadError) as caught:
        _fetch(url, **options)  # type: ignore[arg-type]
    return caught.value


def _chunked(*pieces: bytes, ending: bytes = b"0\r\n\r\n", **headers: str) -> Callable[[socket.socket], None]:
    body = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)
    return http_answer(200, body + ending, **{"Content_Length": "", "Transfer_Encoding": "chunked"} | headers)


def _after(before: bytes, answer: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.sendall(before)
        answer(connection)

    return behave


def test_a_complete_video_is_written_and_described(loopback: Serve) -> None:
    assert _fetch(loopback(http_answer(200, VIDEO)).url) == (WHOLE, VIDEO)


@pytest.mark.parametrize("kind", ["video/mp4", "application/octet-stream", ""])
def test_the_content_counts_and_not_its_declared_type(loopback: Serve, kind: str) -> None:
    assert _fetch(loopback(http_answer(200, VIDEO, Content_Type=kind)).url)[0] == WHOLE


def test_chunks_show_where_a_video_ends_and_a_closed_connection_does_not(loopback: Serve) -> None:
    assert _fetch(loopback(_chunked(VIDEO[:1000], VIDEO[1000:])).url)[0] == WHOLE
    assert _fetch(loopback(http_answer(200, VIDEO, Content_Length="")).url)[0] == UNFRAMED


def test_nothing_but_the_link_itself_is_sent(loopback: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = loopback(http_answer(200, b"from the proxy"))
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    server = loopback(http_answer(200, VIDEO))
    _fetch(server.url + "/v.mp4?X-Amz-Signature=abc")
    head = server.heads[0].lower()
    assert server.heads[0].startswith("GET /v.mp4?X-Amz-Signature=abc HTTP/1.1")
    assert "authorization" not in head
    assert "cookie" not in head
    assert "accept-encoding: identity" in head
    assert proxy.connections == 0


def test_a_link_with_session_credentials_is_fetched(loopback: Serve) -> None:
    assert _fetch(loopback(http_answer(200, VIDEO)).url + "/v.mp4?X-Amz-Security-Token=" + "x" * 4_000)[0] == WHOLE


def test_a_link_too_long_for_a_record_is_not_fetched(loopback: Serve) -> None:
    server = loopback(http_answer(200, VIDEO))
    assert _failure(server.url.ljust(LONGEST_LINK + 1, "/")).code == "address_refused"
    assert server.connections == 0


# Incomplete videos


@pytest.mark.parametrize(
    "answer",
    [
        http_answer(200, VIDEO[:-1], Content_Length=str(len(VIDEO))),
        _chunked(VIDEO[:-1], ending=b""),
        http_answer(200, b""),
        reset,
        lambda connection: None,
        lambda connection: connection.sendall(b"not http\r\n\r\n"),
    ],
    ids=[
        "cut",
        "cut chunked",
        "empty",
        "reset",
        "closed",
        "noise",
    ],
)
def test_an_incomplete_video_is_refused(loopback: Serve, answer: Callable[[socket.socket], None]) -> None:
    assert isinstance(_failure(loopback(answer).url), BadVideo)


def test_a_video_beyond_the_cap_is_not_read_to_its_end(loopback: Serve) -> None:
    assert _fetch(loopback(http_answer(200, VIDEO)).url, limit=len(VIDEO))[0] == WHOLE
    failure = _failure(loopback(http_answer(200, VIDEO)).url, limit=len(VIDEO) - 1)
    assert (type(failure), failure.code) == (BadVideo, "over_the_size_cap")


def test_an_endless_video_is_stopped_at_the_cap(loopback: Serve) -> None:
    def endless(connection: socket.socket) -> None:
        http_answer(200, Content_Length="")(connection)
        while True:
            connection.sendall(bytes(1 << 16))

    assert _failure(loopback(endless).url, limit=1_000_000).code == "over_the_size_cap"


def test_a_silent_server_is_abandoned_in_time(loopback: Serve) -> None:
    server = loopback(lambda connection: connection.recv(1))
    assert isinstance(_failure(server.url, seconds=0.2), OutOfTime)


def test_a_slow_video_is_abandoned_in_time(loopback: Serve) -> None:
    dripped: list[int] = []

    def drip(connection: socket.socket) -> None:
        """Send a byte now and then, for far longer than the given time, unless the client hangs up."""
        http_answer(200, Content_Length=str(len(VIDEO)))(connection)
        for number in range(500):
            connection.sendall(b"\0")
            dripped.append(number)
            time.sleep(0.02)

    assert isinstance(_failure(loopback(drip).url, seconds=0.2), OutOfTime)
    assert len(dripped) < 500


# Odd transfers


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http_answer(201, VIDEO), WHOLE),
        (http_answer(203, VIDEO), WHOLE),
        (http_answer(206, VIDEO, Content_Range=f"bytes 0-{SIZE - 1}/{SIZE}"), WHOLE),
        (http_answer(206, VIDEO, Content_Range=f"bytes 0-{SIZE - 1}/{SIZE}", Content_Length=""), WHOLE),
        (http_answer(206, VIDEO, Content_Range=f"bytes 0-{SIZE - 1}/*"), UNFRAMED),
        (http_answer(206, VIDEO), UNFRAMED),
        (http_answer(206, VIDEO, Content_Range="any"), UNFRAMED),
        (http_answer(200, VIDEO, Content_Length=f"{SIZE}, {SIZE}"), WHOLE),
        (http_answer(200, VIDEO, Content_Length="many"), UNFRAMED),
        (http_answer(200, VIDEO, Content_Length="-1"), UNFRAMED),
        (http_answer(200, VIDEO, Content_Encoding="gzip"), WHOLE),
        (http_answer(200, VIDEO, Content_Encoding="identity, identity"), WHOLE),
        (http_answer(200, VIDEO, Content_Encoding="br"), WHOLE),
        (http_answer(200, PACKED, Content_Encoding="gzip"), WHOLE),
        (http_answer(200, PACKED, Content_Encoding="x-gzip", Content_Length=""), UNFRAMED),
        (http_answer(206, PACKED, Content_Encoding="gzip", Content_Range=f"bytes 0-{len(PACKED) - 1}/{len(PACKED)}"), WHOLE),
        (_chunked(PACKED, Transfer_Encoding="gzip, chunked"), WHOLE),
        (_chunked(VIDEO, Content_Length="7"), WHOLE),
        (_after(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n", http_answer(200, VIDEO)), WHOLE),
        (_after(b"HTTP/1.1 102 Processing\r\n\r\n" * 16, http_answer(200, VIDEO)), WHOLE),
        (http_answer(200, VIDEO, **{f"X_{number}": "x" for number in range(300)}), WHOLE),
        (http_answer(200, VIDEO, X_Policy="x" * 200_000), WHOLE),
        (http_answer(200, VIDEO, Set_Cookie="a=b; expires=Mon, 99 Foo 9999999999 99:99:99"), WHOLE),
    ],
)
def test_a_video_is_taken_from_an_odd_transfer(loopback: Serve, answer: Callable[[socket.socket], None], expected: Downloaded) -> None:
    assert _fetch(loopback(answer).url) == (expected, VIDEO)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (http_answer(206, VIDEO[:1000], Content_Range=f"bytes 0-999/{SIZE}"), "http_206"),
        (http_answer(206, VIDEO[1:], Content_Range=f"bytes 1-{SIZE - 1}/{SIZE}"), "http_206"),
        (http_answer(206, VIDEO[:-1], Content_Range=f"bytes 0-{SIZE - 1}/{SIZE}"), "cut"),
        (http_answer(200, PACKED[:-9], Content_Encoding="gzip"), "download_broken"),
        (http_answer(200, VIDEO, Content_Length=f"{SIZE}, 7"), "download_broken"),
        (_after(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 17, http_answer(200, VIDEO)), "download_broken"),
        (http_answer(101, VIDEO), "download_broken"),
        (_chunked(VIDEO, ending=b"-1\r\n"), "download_broken"),
        (lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Ty"), "download_broken"),
    ],
)
def test_a_transfer_that_is_not_complete_says_why(loopback: Serve, answer: Callable[[socket.socket], None], code: str) -> None:
    assert _failure(loopback(answer).url).code == code


def test_a_compressed_video_beyond_the_cap_is_stopped_there(loopback: Serve) -> None:
    bomb = http_answer(200, gzip.compress(bytes(10_000_000)), Content_Encoding="gzip")
    assert _failure(loopback(bomb).url, limit=1_000_000).code == "over_the_size_cap"


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n" + VIDEO])
def test_a_transfer_that_we_cut_is_out_of_time_and_no_end(loopback: Serve, start: bytes) -> None:
    def stop(connection: socket.socket) -> None:
        connection.sendall(start)
        connection.recv(1)  # until the client hangs up

    assert isinstance(_failure(loopback(stop).url, seconds=0.1), OutOfTime)


@pytest.mark.parametrize("link", ["/my video.mp4", "/видео.mp4", "/a\\b", '/"a"', "?key=a b", "/100%"])
def test_a_raw_link_is_percent_encoded(loopback: Serve, link: str) -> None:
    server = loopback(http_answer(200, VIDEO))
    assert _fetch(server.url + link)[0] == WHOLE
    assert "%" in server.heads[0].split("\r\n")[0]


@pytest.mark.parametrize("place", ["/a b", "/\xd0\xb2", "/\xe9", "/a\\b", "?a b"])
def test_a_raw_redirect_is_percent_encoded(loopback: Serve, place: str) -> None:
    def behave(connection: socket.socket) -> None:
        (http_answer(302, Location=place) if len(server.heads) == 1 else http_answer(200, VIDEO))(connection)

    server = loopback(behave)
    assert _fetch(server.url)[0] == WHOLE
    assert "%" in server.heads[1].split("\r\n")[0]


# Dead links and redirects


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 416, 500, 503, 202, 204, 205, 206, 207, 300, 304])
def test_any_status_that_serves_no_file_means_that_the_link_is_dead(loopback: Serve, status: int) -> None:
    failure = _failure(loopback(http_answer(status)).url)
    assert (type(failure), failure.code) == (DeadLink, f"http_{status}")


def test_a_redirect_between_hosts_is_followed(loopback: Serve) -> None:
    target = loopback(http_answer(200, VIDEO))
    assert _fetch(loopback(http_answer(302, Location=target.url + "/v.mp4")).url)[0] == WHOLE
    assert target.heads[0].startswith("GET /v.mp4 ")


def test_a_relative_redirect_is_followed(loopback: Serve) -> None:
    def behave(connection: socket.socket) -> None:
        answer = http_answer(200, VIDEO) if server.heads[-1].startswith("GET /there") else http_answer(307, Location="/there")
        answer(connection)

    server = loopback(behave)
    assert _fetch(server.url + "/here")[0] == WHOLE


def test_a_redirect_is_followed_without_waiting_for_its_body(loopback: Serve) -> None:
    target = loopback(http_answer(200, VIDEO))

    def redirect_and_say_no_more(connection: socket.socket) -> None:
        http_answer(302, Location=target.url, Content_Length="1000000000")(connection)
        connection.recv(1)

    assert _fetch(loopback(redirect_and_say_no_more).url)[0] == WHOLE


def test_redirects_in_a_circle_end(loopback: Serve) -> None:
    server = loopback(http_answer(302, Location="/again"))
    assert _failure(server.url).code == "too_many_redirects"
    assert server.connections <= 1 + MOST_REDIRECTS


def test_a_redirect_to_a_forbidden_address_is_not_followed(loopback: Serve) -> None:
    for target in ("file:///etc/passwd", "ftp://127.0.0.1/", "http://user:secret@127.0.0.1/"):
        failure = _failure(loopback(http_answer(302, Location=target)).url)
        assert (type(failure), failure.code) == (DeadLink, "address_refused")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "https://127.0.0.1/", "https://localhost/", "https://169.254.169.254/", "http://example.com/", ""]
)
def test_public_rules_allow_no_local_and_no_http_link(url: str) -> None:
    with pytest.raises(DeadLink, match="address_refused"):
        _fetch(url, rules=AddressRules.PUBLIC)


@pytest.mark.parametrize("behave", [reset, http_answer(403), http_answer(200, VIDEO[:-1], Content_Length=str(len(VIDEO)))])
def test_no_failure_shows_the_signed_link(loopback: Serve, behave: Callable[[socket.socket], None]) -> None:
    failure = _failure(loopback(behave).url + "/v.mp4?X-Amz-Signature=abc")
    assert "abc" not in "".join(traceback.format_exception(failure))
