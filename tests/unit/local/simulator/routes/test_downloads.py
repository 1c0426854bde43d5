"""Downloads from signed URLs, and their faults."""

import re
from hashlib import sha256
from typing import Any

import pytest

from local.simulator.http.response import NO_RESPONSE, RESET
from tests.support.simulator_client import SimulatorClient, content, read_json

SMALL: dict[str, Any] = {"resolution": "480p", "duration": 4, "generate_audio": False}


def code(client: SimulatorClient, target: str, **headers: str) -> tuple[int, str]:
    response = client.request("GET", target, **headers)  # type: ignore[arg-type]
    found = re.search(rb"<Code>(\w+)</Code>", content(response))
    return response.status, found[1].decode() if found else ""


@pytest.fixture(scope="module")
def client() -> SimulatorClient:
    """Share one client, so that its stock video is encoded once."""
    return SimulatorClient()


@pytest.fixture
def video(client: SimulatorClient) -> str:
    return client.finished(**SMALL)


def test_a_url_is_valid_until_it_expires(client: SimulatorClient) -> None:
    video = client.finished("ttl=100", **SMALL)
    client.wait(99)
    assert client.request("GET", video).status == 200
    client.wait(1)
    assert code(client, video) == (403, "AccessDenied")


def test_an_authorization_header_causes_a_400(client: SimulatorClient, video: str) -> None:
    assert code(client, video, Authorization="Bearer x") == (400, "InvalidArgument")


def test_an_authorization_header_is_ignored_by_option() -> None:
    client = SimulatorClient(media_authorization="ignore")
    assert client.request("GET", client.finished(**SMALL), Authorization="Bearer x").status == 200


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
def test_an_altered_url_causes_a_403(client: SimulatorClient, video: str, pattern: str, replacement: str) -> None:
    assert code(client, re.sub(pattern, replacement, video, count=1)) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("pattern", [r"&X-Amz-Signature=.*", r"\?.*"])
def test_an_unsigned_url_causes_a_403(client: SimulatorClient, video: str, pattern: str) -> None:
    assert code(client, re.sub(pattern, "", video)) == (403, "AccessDenied")


def test_a_video_is_removed_after_its_retention(client: SimulatorClient) -> None:
    video = client.finished("ttl=1000000", **SMALL)
    client.wait(86400)
    assert code(client, video) == (404, "NoSuchKey")


def test_each_poll_signs_a_new_url_except_with_the_option_once() -> None:
    for sign, lives in (("each-poll", 200), ("once", 403)):
        client = SimulatorClient(sign=sign)
        task_id = client.created(**SMALL)
        client.wait(60)
        client.poll(task_id)
        client.wait(3600)
        url = read_json(client.poll(task_id))["videos"][0]["video_url"]
        assert client.request("GET", url.removeprefix("http://sim.test:80")).status == lives


def test_ranges_are_served_as_by_s3(client: SimulatorClient, video: str) -> None:
    whole = content(client.request("GET", video))
    size = len(whole)

    def part(value: str) -> tuple[int, str | None, bytes]:
        response = client.request("GET", video, Range=value)
        return response.status, response.headers.get("Content-Range"), content(response) if response.status != 416 else b""

    assert part("bytes=4-7") == (206, f"bytes 4-7/{size}", b"ftyp")
    assert part("bytes=-10") == (206, f"bytes {size - 10}-{size - 1}/{size}", whole[-10:])
    assert part(f"bytes=10-{size * 2}") == (206, f"bytes 10-{size - 1}/{size}", whole[10:])
    assert part("bytes=0-") == (206, f"bytes 0-{size - 1}/{size}", whole)
    assert part(f"bytes={size}-") == (416, f"bytes */{size}", b"")
    for ignored in ("bytes=0-1,4-5", "lines=0-1", "bytes=-"):
        assert part(ignored) == (200, None, whole)


def test_two_cheap_videos_differ_and_each_is_stable(client: SimulatorClient) -> None:
    first, second = client.finished(**SMALL), client.finished(**SMALL)
    films = [content(client.request("GET", target)) for target in (first, first, second)]
    assert films[0] == films[1] != films[2]
    etags = {client.request("GET", target).headers["ETag"] for target in (first, second)}
    assert len(etags) == 2


def test_the_ledger_records_downloads_and_the_hash(client: SimulatorClient, video: str) -> None:
    served = content(client.request("GET", video))
    client.request("HEAD", video)
    entry = client.simulator.ledger()[-1]
    assert entry["downloads"] == 1
    assert entry["video_sha256"] == sha256(served).hexdigest()


def test_a_cut_download_announces_more_than_it_sends(client: SimulatorClient) -> None:
    for words, framing, kept in (
        ("video=cut:1000", "length", 1000),
        ("video=cut-chunked:1000", "chunked", 1000),
        ("video=cut-close:1000", "close", 1000),
        ("video=cut:0", "length", 0),
    ):
        response = client.request("GET", client.finished(words, **SMALL))
        assert (response.manner.framing, response.manner.stop_after) == (framing, kept)
        assert response.body.length > 1000


def test_a_cut_without_a_number_sends_half(client: SimulatorClient) -> None:
    response = client.request("GET", client.finished("video=cut", **SMALL))
    assert response.manner.stop_after == response.body.length // 2


@pytest.mark.parametrize("status", [403, 404, 410, 500, 503])
def test_a_status_is_returned_once_with_xml(client: SimulatorClient, status: int) -> None:
    video = client.finished(f"video={status}", **SMALL)
    assert code(client, video)[0] == status
    assert client.request("GET", video).status == 200


def test_each_download_fault_matches_its_description(client: SimulatorClient) -> None:
    words = "html empty not-mp4 wrong-type short:40 chunked drip:9 hang:8 huge:3 endless:3 302 302:self drop reset"
    video = client.finished(" ".join(f"video={word}" for word in words.split()), **SMALL)
    html, empty, no_mp4, odd, short, chunked, drip, hang, huge, endless, away, back, drop, reset = (
        client.request("GET", video) for _ in words.split()
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
    assert (away.headers["Location"], back.headers["Location"]) == ("/_elsewhere", video)
    assert (drop, reset) == (NO_RESPONSE, RESET)


def test_a_failed_task_has_no_video() -> None:
    client = SimulatorClient()
    task_id = client.created("outcome=fail")
    client.wait(60)
    target = client.state.signer.sign(f"/media/{task_id}.mp4", client.now, 100)
    assert code(client, target) == (404, "NoSuchKey")
