"""One video in OpenAI's words: polled, fetched, deleted."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.media.facts import Poster
from cliprelay.video.states import Status
from tests.support.makers import any_video
from tests.support.openai_calls import VIDEOS

if TYPE_CHECKING:
    from tests.support.world import World

VIDEO = any_video().id
PATH = f"{VIDEOS}/{VIDEO}"
DONE: dict[str, Any] = {"status": Status.SUCCEEDED, "object_key": "videos/acme/vid.mp4", "progress": 100}
HELPER = {"x-stainless-poll-helper": "true"}


def code_of(said: Any) -> tuple[int, str]:
    return said.status, said.json["error"]["code"]


def test_a_video_is_read_by_its_id(world: "World") -> None:
    world.put(any_video(status=Status.RUNNING))
    said = world.ask("GET", PATH)
    assert (said.status, said.json["status"], said.json["id"]) == (200, "in_progress", VIDEO)
    assert said.headers["openai-poll-after-ms"].isdecimal()


@pytest.mark.parametrize(
    ("headers", "seconds"), [({}, 0), (HELPER, 5), (HELPER | {"prefer": "wait=2"}, 2), ({"x-stainless-poll-helper": "false"}, 0)]
)
def test_the_poll_of_a_helper_is_held_for_some_seconds(world: "World", headers: dict[str, str], seconds: int) -> None:
    world.put(any_video(status=Status.RUNNING))
    before = world.clock.seconds()
    assert world.ask("GET", PATH, headers=headers).json["status"] == "in_progress"
    assert world.clock.seconds() - before == seconds


def test_a_poll_of_an_ended_video_is_not_held(world: "World") -> None:
    world.put(any_video(**DONE))
    before = world.clock.seconds()
    assert world.ask("GET", PATH, headers=HELPER).json["status"] == "completed"
    assert world.clock.seconds() == before


@pytest.mark.parametrize("path", ["vid_01KAN3J9M4S9A5XH7W2T0QZ8RC", "video_123", "x%00", "vid_1/content"])
def test_an_unknown_id_is_not_found(world: "World", path: str) -> None:
    assert code_of(world.ask("GET", f"{VIDEOS}/{path}")) == (404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("GET", PATH), ("DELETE", PATH), ("GET", f"{PATH}/content"), ("HEAD", f"{PATH}/content")])
def test_another_tenants_video_looks_missing(world: "World", method: str, path: str) -> None:
    world.put(any_video(**DONE))
    said = world.ask(method, path, key=world.keys.create("other"))
    unknown = world.ask(method, path.replace(VIDEO, VIDEO[:-1] + "C"), key=world.keys.create("other"))
    assert (said.status, said.body) == (unknown.status, unknown.body) == (404, said.body)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_content_is_a_redirect_to_the_file(world: "World", method: str) -> None:
    world.put(any_video(**DONE))
    said = world.ask(method, f"{PATH}/content", headers={"accept": "application/binary"})
    assert (said.status, "videos/acme/vid.mp4" in said.headers["location"], said.headers["cache-control"]) == (302, True, "no-store")


def test_the_thumbnail_is_the_poster(world: "World") -> None:
    world.put(any_video(**DONE, poster=Poster(key="posters/acme/vid.jpg", bytes=1, width=2, height=3)))
    said = world.ask("GET", f"{PATH}/content", query={"variant": "thumbnail"})
    assert (said.status, "posters/acme/vid.jpg" in said.headers["location"]) == (302, True)


@pytest.mark.parametrize(
    ("parts", "code"), [({}, (404, "not_found")), ({"poster_due": True, "event_id": "evt_1", "told": None}, (400, "video_not_ready"))]
)
def test_a_video_without_a_thumbnail_says_whether_one_will_come(world: "World", parts: dict[str, Any], code: tuple[int, str]) -> None:
    world.put(any_video(**DONE, **parts))
    assert code_of(world.ask("GET", f"{PATH}/content", query="variant=thumbnail")) == code


def test_a_spritesheet_is_refused_with_what_exists(world: "World") -> None:
    world.put(any_video(**DONE))
    said = world.ask("GET", f"{PATH}/content", query="variant=spritesheet")
    assert (code_of(said), said.json["error"]["param"], "video, thumbnail" in said.body) == ((400, "invalid_value"), "variant", True)


@pytest.mark.parametrize(
    ("status", "words"), [(Status.RUNNING, "in_progress; it has no file yet."), (Status.FAILED, "failed; it has no file.")]
)
def test_content_before_the_end_is_a_bad_request_that_is_not_sent_again(world: "World", status: Status, words: str) -> None:
    world.put(any_video(status=status))
    said = world.ask("GET", f"{PATH}/content")
    assert (code_of(said), words in said.body, said.headers["x-should-retry"]) == ((400, "video_not_ready"), True, "false")


def test_an_ended_video_is_deleted_again_and_again_and_then_not_found(world: "World") -> None:
    world.put(any_video(**DONE))
    said = [world.ask("DELETE", PATH).json for _ in range(2)]
    assert said == [{"id": VIDEO, "object": "video.deleted", "deleted": True}] * 2
    for method, path in (("GET", PATH), ("GET", f"{PATH}/content")):
        assert code_of(world.ask(method, path)) == (404, "deleted")
    assert json.loads(world.ask("GET", VIDEOS).body)["data"] == []


def test_a_video_that_has_not_ended_is_not_deleted(world: "World") -> None:
    world.put(any_video(status=Status.RUNNING))
    said = world.ask("DELETE", PATH)
    assert (code_of(said), "completed or failed" in said.body) == ((400, "video_not_ended"), True)
    assert world.read(VIDEO).deleted_at is None
