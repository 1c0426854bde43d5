"""Durable links: they open their video until it expires and reveal nothing to a guess."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cliprelay.ids import link_bits
from cliprelay.video.links import REMEMBERED, Opening, link_url, opening, read_token, renewed
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from tests.support.makers import NOW, any_video

if TYPE_CHECKING:
    from tests.support.api_response import ApiResponse
    from tests.support.world import World

BITS = "A" * 42 + "_"
ID = "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB"
KEPT = timedelta(days=30)


@pytest.fixture
def video(world: "World") -> Video:
    """Return a finished video with a link, as Archive leaves it."""
    return world.put(_finished())


def _finished(**changes: object) -> Video:
    values = {"object_key": f"videos/acme/{ID}.mp4", "bytes": 1, "sha256": "0" * 64, "link": BITS, "ended_at": "2026-11-22T06:00:00Z"}
    return any_video(id=ID, status=Status.SUCCEEDED, expires_at=int((NOW + KEPT).timestamp()), **values | changes)


def _open(world: "World", token: str = f"{ID}.{BITS}", method: str = "GET", **request: Any) -> "ApiResponse":
    return world.ask(method, f"/v1/links/{token}", key=None, **request)


def _place(answer: "ApiResponse") -> dict[str, str]:
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def test_a_link_redirects_without_an_api_key_to_a_freshly_presigned_url(world: "World", video: Video) -> None:
    answer = _open(world)
    assert answer.status == 302
    assert urlsplit(answer.headers["location"]).path.endswith(f"/videos/acme/{ID}.mp4")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("age", [timedelta(hours=13), timedelta(days=6), timedelta(days=29)])
def test_a_link_works_until_its_video_expires(world: "World", video: Video, age: timedelta) -> None:
    world.clock.advance(age.total_seconds())
    assert _open(world).status == 302


def test_a_link_of_an_expired_video_reports_that_it_has_expired(world: "World", video: Video) -> None:
    world.clock.advance(KEPT.total_seconds())
    answer = _open(world)
    assert (answer.status, answer.json["code"]) == (410, "link_expired")
    assert "2026-12-22T06:00:00Z" in answer.json["detail"]


def test_a_head_request_is_presigned_as_head(world: "World", video: Video) -> None:
    assert _open(world, method="HEAD").status == 302
    assert _open(world, method="HEAD").headers["location"] != _open(world).headers["location"]


def test_download_gives_the_file_a_name(world: "World", video: Video) -> None:
    assert _place(_open(world, query={"download": "1"}))["response-content-disposition"] == f'attachment; filename="{ID}.mp4"'
    assert "response-content-disposition" not in _place(_open(world))


def test_an_unknown_value_of_download_is_refused(world: "World", video: Video) -> None:
    answer = _open(world, query={"download": "yes"})
    assert (answer.status, answer.complaints) == (422, {"download"})


def test_a_revoked_link_stops_working_and_the_new_one_works(world: "World", video: Video) -> None:
    answer = world.ask("DELETE", f"/v1/videos/{ID}/links")
    assert answer.status == 200
    new = answer.json["video"]["link"].rpartition("/")[2]
    assert (_open(world).status, _open(world).json["code"]) == (410, "link_revoked")
    assert _open(world, new).status == 302


def test_two_concurrent_revocations_leave_one_new_link(world: "World", video: Video) -> None:
    first = world.videos.renew_link(video, link_bits())
    assert first.won
    assert world.videos.renew_link(video, link_bits()) == (first.video, False)
    assert world.read(ID).link == first.video.link


def test_revoking_creates_the_first_link_of_a_video_without_one(world: "World") -> None:
    world.put(_finished(link=None))
    assert "link" not in world.ask("GET", f"/v1/videos/{ID}").json["video"]
    assert world.ask("DELETE", f"/v1/videos/{ID}/links").json["video"]["link"].startswith("https://api.example.com/v1/links/")


def test_a_video_without_a_file_has_no_link_to_revoke(world: "World") -> None:
    world.put(any_video(id=ID, status=Status.RUNNING))
    answer = world.ask("DELETE", f"/v1/videos/{ID}/links")
    assert (answer.status, answer.json["code"]) == (409, "not_ready")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "changes", [{"link": None}, {"object_key": None}, {"link": None, "object_key": None}], ids=["link", "file", "both"]
)
def test_a_video_without_its_link_or_its_file_opens_nothing(world: "World", method: str, changes: dict[str, Any]) -> None:
    world.put(_finished(**changes))
    assert _open(world, method=method).status == 404


@pytest.mark.parametrize("bits", ["", "A", BITS, "None"])
def test_no_bits_open_a_video_without_a_link(bits: str) -> None:
    assert opening(_finished(link=None), bits) is Opening.UNKNOWN
    assert opening(_finished(link=""), bits) is Opening.UNKNOWN


def test_the_link_of_another_tenant_cannot_be_revoked(world: "World", video: Video) -> None:
    stranger = world.keys.create("stranger")
    assert world.ask("DELETE", f"/v1/videos/{ID}/links", key=stranger).status == 404
    assert world.read(ID).link == BITS


@pytest.mark.parametrize(
    "token",
    [
        f"{ID}.{'B' * 43}",  # tampered bits
        f"{ID}.{BITS[:-1]}",  # truncated
        f"{ID}.{BITS}A",
        ID,
        f"{ID}.",
        f"vid_01KAN3J9M4S9A5XH7W2T0QZ8RC.{BITS}",  # another video's id
        BITS,
        "nonsense",
        f"{ID}.{BITS}%00",
        f"intent_{'0' * 64}.{BITS}",
    ],
)
def test_a_wrong_token_reveals_nothing(world: "World", video: Video, token: str) -> None:
    unknown = _open(world, f"vid_7ZZZZZZZZZZZZZZZZZZZZZZZZZ.{'C' * 43}")
    answer = _open(world, token)
    assert (answer.status, answer.json) == (unknown.status, unknown.json) == (404, unknown.json)


def test_a_million_guesses_open_nothing() -> None:
    video = renewed(_finished(), link_bits())
    guesses = (secrets.token_urlsafe(32) for _ in range(1_000_000))
    assert all(opening(video, guess) is Opening.UNKNOWN for guess in guesses)


def test_only_the_digests_of_the_last_revoked_links_are_retained() -> None:
    video = _finished()
    for _ in range(REMEMBERED + 5):
        video = renewed(video, link_bits())
    assert len(video.revoked_links) == REMEMBERED
    assert all(len(digest) == 64 for digest in video.revoked_links)
    assert opening(video, BITS) is Opening.UNKNOWN
    assert opening(renewed(_finished(), link_bits()), BITS) is Opening.REVOKED


def test_a_token_contains_its_video_id_and_256_bits() -> None:
    bits = link_bits()
    video = _finished(link=bits)
    assert link_url(video) == f"https://api.example.com/v1/links/{ID}.{bits}"
    assert read_token(f"{ID}.{bits}") == (ID, bits)
    assert len(bits) * 6 >= 256


def test_responses_and_events_contain_the_link(world: "World", video: Video) -> None:
    shown = world.ask("GET", f"/v1/videos/{ID}").json
    assert shown["video"]["link"] == f"https://api.example.com/v1/links/{ID}.{BITS}"
    assert shown["kept_until"] == "2026-12-22T06:00:00Z"
