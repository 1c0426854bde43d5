"""Video URLs behave as S3's presigned ones, and downloads go wrong on demand."""

import re
from hashlib import sha256
from typing import Any

import pytest

from local.simulator.http.response import NO_ANSWER, RESET
from tests.support.simulator_client import Customer, content, said

SMALL: dict[str, Any] = {"resolution": "480p", "duration": 4, "generate_audio": False}


def code(customer: Customer, target: str, **headers: str) -> tuple[int, str]:
    reply = customer.call("GET", target, b"", **headers)
    found = re.search(rb"<Code>(\w+)</Code>", content(reply))
    return reply.status, found[1].decode() if found else ""


@pytest.fixture(scope="module")
def customer() -> Customer:
    """One for all: its stock of films is made once."""
    return Customer()


@pytest.fixture
def film(customer: Customer) -> str:
    return customer.finished(**SMALL)


def test_a_url_works_until_it_expires(customer: Customer) -> None:
    film = customer.finished("ttl=100", **SMALL)
    customer.wait(99)
    assert customer.call("GET", film).status == 200
    customer.wait(1)
    assert code(customer, film) == (403, "AccessDenied")


def test_a_key_sent_along_is_a_400(customer: Customer, film: str) -> None:
    assert code(customer, film, Authorization="Bearer x") == (400, "InvalidArgument")


def test_a_key_sent_along_is_ignored_where_that_is_switched_on() -> None:
    customer = Customer(media_authorization="ignore")
    assert customer.call("GET", customer.finished(**SMALL), Authorization="Bearer x").status == 200


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"Expires=3600", "Expires=36000"),
        (r"Signature=.", "Signature=z"),
        (r"Date=2", "Date=3"),
        (r"$", "&more=1"),
        (r"$", "&X-Amz-Expires=3600"),
        (r"/media/.", "/media/_"),
    ],
)
def test_a_url_that_was_altered_is_a_403(customer: Customer, film: str, pattern: str, replacement: str) -> None:
    assert code(customer, re.sub(pattern, replacement, film, count=1)) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("pattern", [r"&X-Amz-Signature=.*", r"\?.*"])
def test_a_url_without_its_signature_is_a_403(customer: Customer, film: str, pattern: str) -> None:
    assert code(customer, re.sub(pattern, "", film)) == (403, "AccessDenied")


def test_a_video_is_removed_after_its_time(customer: Customer) -> None:
    film = customer.finished("ttl=1000000", **SMALL)
    customer.wait(86400)
    assert code(customer, film) == (404, "NoSuchKey")


def test_each_poll_signs_a_fresh_url_unless_once_is_enough() -> None:
    for sign, lives in (("each-poll", 200), ("once", 403)):
        customer = Customer(sign=sign)
        task_id = customer.created(**SMALL)
        customer.wait(60)
        customer.poll(task_id)
        customer.wait(3600)
        url = said(customer.poll(task_id))["videos"][0]["video_url"]
        assert customer.call("GET", url.removeprefix("http://sim.test:80")).status == lives


def test_ranges_are_served_as_s3_serves_them(customer: Customer, film: str) -> None:
    whole = content(customer.call("GET", film))
    size = len(whole)

    def part(value: str) -> tuple[int, str | None, bytes]:
        reply = customer.call("GET", film, Range=value)
        return reply.status, reply.headers.get("Content-Range"), content(reply) if reply.status != 416 else b""

    assert part("bytes=4-7") == (206, f"bytes 4-7/{size}", b"ftyp")
    assert part("bytes=-10") == (206, f"bytes {size - 10}-{size - 1}/{size}", whole[-10:])
    assert part(f"bytes=10-{size * 2}") == (206, f"bytes 10-{size - 1}/{size}", whole[10:])
    assert part("bytes=0-") == (206, f"bytes 0-{size - 1}/{size}", whole)
    assert part(f"bytes={size}-") == (416, f"bytes */{size}", b"")
    for ignored in ("bytes=0-1,4-5", "lines=0-1", "bytes=-"):
        assert part(ignored) == (200, None, whole)


def test_two_cheap_films_differ_and_each_stays_the_same(customer: Customer) -> None:
    first, second = customer.finished(**SMALL), customer.finished(**SMALL)
    films = [content(customer.call("GET", target)) for target in (first, first, second)]
    assert films[0] == films[1] != films[2]
    etags = {customer.call("GET", target).headers["ETag"] for target in (first, second)}
    assert len(etags) == 2


def test_the_ledger_counts_downloads_and_knows_the_bytes(customer: Customer, film: str) -> None:
    served = content(customer.call("GET", film))
    customer.call("HEAD", film)
    entry = customer.simulator.ledger()[-1]
    assert entry["downloads"] == 1
    assert entry["video_sha256"] == sha256(served).hexdigest()


def test_a_cut_download_announces_more_than_it_sends(customer: Customer) -> None:
    for words, framing, kept in (
        ("video=cut:1000", "length", 1000),
        ("video=cut-chunked:1000", "chunked", 1000),
        ("video=cut-close:1000", "close", 1000),
        ("video=cut:0", "length", 0),
    ):
        reply = customer.call("GET", customer.finished(words, **SMALL))
        assert (reply.manner.framing, reply.manner.stop_after) == (framing, kept)
        assert reply.body.length > 1000


def test_a_cut_without_a_number_keeps_half(customer: Customer) -> None:
    reply = customer.call("GET", customer.finished("video=cut", **SMALL))
    assert reply.manner.stop_after == reply.body.length // 2


@pytest.mark.parametrize("status", [403, 404, 410, 500, 503])
def test_a_status_comes_with_xml_and_once(customer: Customer, status: int) -> None:
    film = customer.finished(f"video={status}", **SMALL)
    assert code(customer, film)[0] == status
    assert customer.call("GET", film).status == 200


def test_each_fault_of_a_download_says_what_it_promises(customer: Customer) -> None:
    words = "html empty not-mp4 wrong-type short:40 chunked drip:9 hang:8 huge:3 endless:3 302 302:self drop reset"
    film = customer.finished(" ".join(f"video={word}" for word in words.split()), **SMALL)
    html, empty, no_mp4, odd, short, chunked, drip, hang, huge, endless, away, back, drop, reset = (
        customer.call("GET", film) for _ in words.split()
    )
    assert html.headers["Content-Type"] == "text/html"
    assert (empty.headers["Content-Type"], empty.body.length) == ("video/mp4", 0)
    assert (no_mp4.headers["Content-Type"], b"ftyp" in content(no_mp4)) == ("video/mp4", False)
    assert odd.headers["Content-Type"] == "application/octet-stream"
    assert (len(content(short)), short.manner.stop_after) == (40, None)
    assert (chunked.manner.framing, chunked.manner.stop_after) == ("chunked", None)
    assert (drip.manner.bytes_per_second, hang.manner.wait) == (9, 8)
    assert (huge.body.length, huge.manner.framing) == (3_000_000, "length")
    assert (content(endless)[4:8], endless.manner.framing) == (b"ftyp", "chunked")
    assert (away.headers["Location"], back.headers["Location"]) == ("/_elsewhere", film)
    assert (drop, reset) == (NO_ANSWER, RESET)


def test_a_task_that_failed_has_no_film() -> None:
    customer = Customer()
    task_id = customer.created("outcome=fail")
    customer.wait(60)
    target = customer.platform.signer.sign(f"/media/{task_id}.mp4", customer.now, 100)
    assert code(customer, target) == (404, "NoSuchKey")
