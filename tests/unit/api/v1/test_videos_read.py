"""A tenant reads its own videos in their current state, with single-purpose links."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cliprelay.video.record import Video
from cliprelay.video.states import Status
from tests.support.makers import NOW, any_settings, any_video, request_event

if TYPE_CHECKING:
    from tests.support.world import World

EPOCH = int(NOW.timestamp())
VIDEO = any_video().id
DONE: dict[str, Any] = {
    "status": Status.SUCCEEDED,
    "object_key": "videos/acme/vid.mp4",
    "bytes": 47_128,
    "sha256": "ab" * 32,
    "progress": 100,
}
KEYLESS_ENDS = [Status.FAILED, Status.EXPIRED, Status.CANCELED, Status.UNCONFIRMED]


def _vid(number: int) -> str:
    return f"vid_{number:026d}"


def _put_many(world: "World", count: int, **changes: Any) -> list[str]:
    """Create videos, oldest first."""
    return [world.put(any_video(id=_vid(number), **changes)).id for number in range(1, count + 1)]


def _walk(world: "World", **query: str) -> tuple[list[str], int]:
    """Return all ids on the pages of a list, and the number of pages."""
    ids, pages, after = [], 0, ""
    while True:
        page = world.ask("GET", "/v1/videos", query=query | ({"after": after} if after else {})).json
        ids += [video["id"] for video in page["data"]]
        pages += 1
        assert page["has_more"] == ("next" in page)
        assert len(page["data"]) <= int(query.get("limit", 20))
        if not page["has_more"]:
            return ids, pages
        after = page["next"]


# One video


@pytest.mark.parametrize("status", Status)
def test_every_state_is_shown_by_its_name(world: "World", status: Status) -> None:
    world.put(any_video(status=status))
    said = world.ask("GET", f"/v1/videos/{VIDEO}")
    assert (said.status, said.json["status"]) == (200, status.value)
    assert said.headers["cache-control"] == "no-store"
    assert said.headers["referrer-policy"] == "no-referrer"


def test_a_finished_video_shows_its_file_and_an_expiring_url(world: "World") -> None:
    world.put(any_video(**DONE, ended_at="2026-11-22T06:01:12Z"))
    shown = world.ask("GET", f"/v1/videos/{VIDEO}").json
    assert shown["ended_at"] == "2026-11-22T06:01:12Z"
    assert shown["progress"] == 100
    file = shown["video"]
    assert (file["bytes"], file["sha256"], file["content_type"]) == (47_128, "ab" * 32, "video/mp4")
    assert urlsplit(file["url"]).path.endswith("videos/acme/vid.mp4")
    assert file["url_expires_at"] == "2026-11-22T07:00:00Z"


def test_unknown_members_are_absent(world: "World") -> None:
    world.put(any_video())
    shown = world.ask("GET", f"/v1/videos/{VIDEO}").json
    assert not set(shown) & {"video", "error", "ended_at"}
    assert None not in shown.values()


@pytest.mark.parametrize("status", KEYLESS_ENDS)
def test_a_video_that_ended_without_a_file_shows_the_reason(world: "World", status: Status) -> None:
    error = {"code": "moderated", "message": "The content was refused."}
    world.put(any_video(status=status, error=error))
    assert world.ask("GET", f"/v1/videos/{VIDEO}").json["error"] == error


@pytest.mark.parametrize(
    "code",
    [
        "throttled",
        "upstream_unreachable",
        "upstream_balance",
        "upstream_quota",
        "upstream_key",
        "upstream_key_missing",
        "redirected",
        "of a later version",
    ],
)
def test_a_queued_video_shows_what_it_is_waiting_for(world: "World", code: str) -> None:
    world.put(any_video(waiting_for=code))
    (warning,) = world.ask("GET", f"/v1/videos/{VIDEO}").json["warnings"]
    assert warning["code"] == code
    assert warning["message"]


def test_responses_contain_no_internal_members(world: "World") -> None:
    secret = {"claim": "the-claim", "upstream_id": "the-task", "upstream_url": "https://media.example.com/signed", "intent": "intent_x"}
    world.put(any_video(status=Status.ARCHIVING, **secret))
    said = world.ask("GET", f"/v1/videos/{VIDEO}")
    assert not [value for value in secret.values() if value in said.body]


@pytest.mark.parametrize("path", ["/v1/videos/{}", "/v1/videos/{}/content"])
@pytest.mark.parametrize("video_id", ["vid_nothing", "intent_x", "%2e%2e", "x" * 3_000, "vid_01KAN3J9M4S9A5XH7W2T0QZ8RC"])
def test_an_unknown_id_gets_404(world: "World", path: str, video_id: str) -> None:
    world.put(any_video())
    said = world.ask("GET", path.format(video_id))
    assert (said.status, said.json["code"]) == (404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "/content"), ("HEAD", "/content")])
def test_another_tenants_video_is_indistinguishable_from_a_missing_one(world: "World", method: str, path: str) -> None:
    world.put(any_video(**DONE, tenant="other"))
    theirs, nobodys = (world.ask(method, f"/v1/videos/{video_id}{path}") for video_id in (VIDEO, "vid_01KAN3J9M4S9A5XH7W2T0QZ8RC"))
    assert theirs.status == 404
    assert (theirs.body, theirs.headers) == (nobodys.body, nobodys.headers)


def test_an_expired_video_is_hidden_before_ttl_deletes_it(world: "World") -> None:
    world.put(any_video(**DONE, expires_at=EPOCH))
    assert world.ask("GET", f"/v1/videos/{VIDEO}").status == 404
    assert world.ask("GET", "/v1/videos").json["data"] == []
    world.put(any_video(**DONE, expires_at=EPOCH + 1))
    assert world.ask("GET", f"/v1/videos/{VIDEO}").status == 200


# Content


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_content_redirects_to_a_fresh_presigned_url_without_caching(world: "World", method: str) -> None:
    world.put(any_video(**DONE))
    said = world.ask(method, f"/v1/videos/{VIDEO}/content")
    assert said.status == 302
    assert urlsplit(said.headers["location"]).path.endswith("videos/acme/vid.mp4")
    assert said.headers["cache-control"] == "no-store"
    assert said.headers["referrer-policy"] == "no-referrer"


def test_head_and_get_have_different_presigned_urls(world: "World") -> None:
    world.put(any_video(**DONE))
    get, head = (
        parse_qs(urlsplit(world.ask(method, f"/v1/videos/{VIDEO}/content").headers["location"]).query) for method in ("GET", "HEAD")
    )
    assert get != head


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.SUCCEEDED])
def test_content_of_a_video_without_a_file_gets_409_with_the_status(world: "World", status: Status) -> None:
    world.put(any_video(status=status))
    said = world.ask("GET", f"/v1/videos/{VIDEO}/content")
    assert (said.status, said.json["code"], said.json["video_status"]) == (409, "not_ready", status.value)


# Lists


def test_a_tenant_without_videos_gets_an_empty_list(world: "World") -> None:
    said = world.ask("GET", "/v1/videos")
    assert (said.status, said.json) == (200, {"data": [], "has_more": False})


def test_a_list_shows_the_tenants_own_videos_in_either_order(world: "World") -> None:
    ids = _put_many(world, 5)
    world.put(any_video(id=_vid(6), tenant="other"))
    assert _walk(world) == (ids[::-1], 1)
    assert _walk(world, order="asc") == (ids, 1)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(("count", "limit"), [(5, 1), (5, 2), (5, 5), (6, 3), (4, 100)])
def test_pages_show_every_video_once(world: "World", order: str, count: int, limit: int) -> None:
    ids = _put_many(world, count)
    shown, _ = _walk(world, order=order, limit=str(limit))
    assert shown == (ids if order == "asc" else ids[::-1])


def test_a_page_that_ends_with_the_last_video_is_the_last_page(world: "World") -> None:
    _put_many(world, 6)
    assert _walk(world, limit="3")[1] == 2


def test_new_videos_cause_no_repetition_while_paging(world: "World") -> None:
    ids = _put_many(world, 4)
    page = world.ask("GET", "/v1/videos", query={"limit": "2"}).json
    world.put(any_video(id=_vid(9)))
    rest = world.ask("GET", "/v1/videos", query={"limit": "2", "after": page["next"]}).json
    assert [video["id"] for video in page["data"] + rest["data"]] == ids[::-1]


def test_a_list_can_be_filtered_by_status(world: "World") -> None:
    _put_many(world, 3)
    done = world.put(any_video(id=_vid(7), **DONE)).id
    assert _walk(world, status="succeeded") == ([done], 1)
    assert _walk(world, status="queued", limit="2")[0] == [_vid(3), _vid(2), _vid(1)]
    assert _walk(world, status="failed") == ([], 1)


def test_expired_videos_do_not_shorten_a_page(world: "World") -> None:
    for number in range(1, 9):
        world.put(any_video(id=_vid(number), expires_at=EPOCH if number % 2 else None))
    assert _walk(world, limit="2") == ([_vid(8), _vid(6), _vid(4), _vid(2)], 2)


def test_a_filtered_list_over_many_records_continues_where_it_stopped(world: "World") -> None:
    for number in range(1, 131):
        world.put(any_video(id=_vid(number), status=Status.FAILED if number == 1 else Status.QUEUED))
    assert _walk(world, status="failed")[0] == [_vid(1)]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_page_of_the_longest_prompts_fits_into_one_response(world: "World", order: str) -> None:
    ids = _put_many(world, 60, settings=any_settings(prompt="\U0001f3ac" * 8_000))
    page = world.front().answer(request_event("GET", "/v1/videos", key=world.key, query={"limit": "100", "order": order}), None)
    assert 3_000_000 < len(json.dumps(page)) < 6 * 1024 * 1024
    shown, pages = _walk(world, limit="100", order=order)
    assert (shown, pages) == (ids if order == "asc" else ids[::-1], 2)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"after": "vid_1"}, "after"),
        ({"after": "intent_" + "0" * 26}, "after"),
        ({"order": "up"}, "order"),
        ({"status": "done"}, "status"),
    ],
    ids=str,
)
def test_an_invalid_parameter_is_refused_by_name(world: "World", query: dict[str, str], field: str) -> None:
    said = world.ask("GET", "/v1/videos", query=query)
    assert (said.status, said.complaints) == (422, {field})


def test_the_request_is_shown_with_its_defaults_filled_in(world: "World") -> None:
    world.put(Video(**{**vars(any_video()), "settings": any_settings(seed=4_294_967_295)}))
    assert world.ask("GET", f"/v1/videos/{VIDEO}").json["request"] == any_settings(seed=4_294_967_295)
