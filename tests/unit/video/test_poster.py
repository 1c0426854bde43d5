"""What clients see of a file: its facts, its poster and its provenance, and the poster itself by key and by link."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cliprelay.media.facts import Facts, Poster
from cliprelay.video.poster import may_have_poster, no_poster, shown_facts
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.view import show
from tests.support.makers import NOW, any_settings, any_video

if TYPE_CHECKING:
    from tests.support.world import World

ID, BITS = any_video().id, "A" * 42 + "_"
LINK = f"https://api.example.com/v1/links/{ID}.{BITS}"
FACTS = Facts(width=1280, height=720, frames=121, fps_thousandths=23_976, milliseconds=5_047, codec="h264", sound=True)
POSTER = Poster(key=f"posters/acme/{ID}.jpg", bytes=61_204, width=1280, height=720)


def _video(**changes: Any) -> Video:
    values = {"status": Status.SUCCEEDED, "object_key": f"videos/acme/{ID}.mp4", "bytes": 1, "sha256": "0" * 64, "link": BITS}
    return any_video(**(values | {"event_id": "evt_1", "facts": FACTS, "poster": POSTER, "c2pa": False} | changes))


def test_a_video_shows_its_facts_its_provenance_and_its_poster(world: "World") -> None:
    video = _video()
    assert world.videos.get(world.put(video).id) == video
    shown = show(video, world.store, NOW)["video"]
    assert {name: shown[name] for name in shown_facts(video)} == {
        "width": 1280,
        "height": 720,
        "fps": 23.976,
        "frames": 121,
        "duration": 5.047,
        "codec": "h264",
        "sound": True,
        "provenance": {"c2pa": False, "watermark": False},
        "poster": {"content_type": "image/jpeg", "bytes": 61_204, "width": 1280, "height": 720, "link": f"{LINK}?variant=poster"},
    }


def test_what_is_not_known_is_absent() -> None:
    silent = Facts(width=64, height=36, frames=0, fps_thousandths=0, milliseconds=0, codec="h264", sound=False)
    assert shown_facts(replace(_video(facts=silent, poster=None, c2pa=None), settings={})) == {
        "width": 64,
        "height": 36,
        "codec": "h264",
        "sound": False,
    }
    assert shown_facts(_video(facts=None, poster=None)) == {"provenance": {"c2pa": False, "watermark": False}}


@pytest.mark.parametrize("watermark", [True, False])
def test_provenance_says_whether_the_mark_was_ordered(watermark: bool) -> None:
    video = _video(settings=any_settings(watermark=watermark), c2pa=True)
    assert shown_facts(video)["provenance"] == {"c2pa": True, "watermark": watermark}


def test_a_video_may_have_a_poster_until_it_is_announced_or_given_up() -> None:
    due = _video(poster=None)
    assert may_have_poster(due)
    others = (_video(), _video(poster=None, told="evt_1"), _video(poster=None, warnings=[no_poster()]), _video(status=Status.FAILED))
    assert not any(may_have_poster(each) for each in others)


# By key and by link


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("path", "key"), [(f"/v1/videos/{ID}/content", ""), (f"/v1/links/{ID}.{BITS}", None)])
def test_a_poster_is_a_redirect_as_the_video_is(world: "World", method: str, path: str, key: str | None) -> None:
    world.put(_video())
    for variant, expected in (("poster", POSTER.key), ("video", f"videos/acme/{ID}.mp4")):
        answer = world.ask(method, path, key=key, query={"variant": variant})
        assert (answer.status, answer.headers["cache-control"]) == (302, "no-store")
        assert urlsplit(answer.headers["location"]).path.endswith(expected)


def test_a_saved_poster_has_the_name_of_its_video(world: "World") -> None:
    world.put(_video())
    answer = world.ask("GET", f"/v1/links/{ID}.{BITS}", key=None, query={"variant": "poster", "download": "1"})
    (name,) = parse_qs(urlsplit(answer.headers["location"]).query)["response-content-disposition"]
    assert name == f'attachment; filename="{ID}.jpg"'


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"poster_due": True}, 409, "not_ready"),
        ({}, 404, "not_found"),
        ({"poster_due": True, "told": "evt_1"}, 404, "not_found"),
    ],
)
def test_a_poster_that_is_not_there_is_not_ready_or_will_never_be(world: "World", changes: dict[str, Any], status: int, code: str) -> None:
    world.put(_video(poster=None, **changes))
    for path, key in ((f"/v1/videos/{ID}/content", ""), (f"/v1/links/{ID}.{BITS}", None)):
        answer = world.ask("GET", path, key=key, query={"variant": "poster"})
        assert (answer.status, answer.json["code"]) == (status, code)


def test_another_variant_is_refused_with_those_that_exist(world: "World") -> None:
    world.put(_video())
    answer = world.ask("GET", f"/v1/videos/{ID}/content", query={"variant": "thumbnail"})
    (complaint,) = answer.json["errors"]
    assert (answer.status, complaint["field"]) == (422, "variant")
    assert "'video' or 'poster'" in complaint["message"]


def test_a_revoked_link_opens_no_poster(world: "World") -> None:
    world.put(_video())
    assert world.ask("DELETE", f"/v1/videos/{ID}/links").status == 200
    assert world.ask("GET", f"/v1/links/{ID}.{BITS}", key=None, query={"variant": "poster"}).status == 410
