"""Thumbnail stores facts and poster of a video before it is announced; whatever it finds, the video goes on to Notify."""

import io
import logging
from typing import IO, TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.errors import UnreadableVideo
from cliprelay.media.facts import Facts
from cliprelay.media.thumbnail import Look, look_at
from cliprelay.steps.thumbnail import LARGEST, RESERVE, thumbnail
from cliprelay.video.poster import no_poster
from cliprelay.video.record import Video, iso
from cliprelay.video.states import Status
from cliprelay.workflow.contract import Event, Result
from tests.support.films import film
from tests.support.makers import NOW, any_video

if TYPE_CHECKING:
    from tests.support.world import World

ID = any_video().id
KEY, POSTER_KEY = f"videos/acme/{ID}.mp4", f"posters/acme/{ID}.jpg"
FILM = film(64, 36, sound=True)


def _stored(world: "World", data: bytes = FILM, **changes: Any) -> Video:
    world.s3.put_object(Bucket=world.bucket, Key=KEY, Body=data)
    values = {"status": Status.SUCCEEDED, "object_key": KEY, "bytes": len(data), "sha256": "ab", "event_id": "evt_1", "poster_due": True}
    return world.put(any_video(**(values | changes)))


def _thumbnail(world: "World", *, look: Any = look_at, run: int = 1, store: Any = None) -> Result:
    event = Event(video_id=ID, run=run)
    return thumbnail(event, videos=world.videos, store=store or world.store, look_at=look, seconds_left=lambda: 40.0)


def _must_not_look(file: IO[bytes], seconds: float) -> Look:
    raise AssertionError("looked")


def test_a_video_gets_its_facts_and_a_poster(world: "World") -> None:
    _stored(world)
    assert _thumbnail(world) == {"video_id": ID, "run": 1, "status": "succeeded", "next": "notify"}
    video = world.read(ID)
    assert video.facts == Facts(width=64, height=36, frames=3, fps_thousandths=24_000, milliseconds=125, codec="h264", sound=True)
    poster = world.s3.get_object(Bucket=world.bucket, Key=POSTER_KEY)
    data = poster["Body"].read()
    assert (poster["ContentType"], data[:2], len(data)) == ("image/jpeg", b"\xff\xd8", video.poster.bytes)
    assert (video.poster.key, video.poster.width, video.poster.height) == (POSTER_KEY, 64, 36)
    assert (video.poster_due, video.warnings, video.must_be_announced) == (False, [], True)
    assert "poster_due" not in world.item(ID)


def test_a_second_run_of_the_step_does_nothing(world: "World") -> None:
    _stored(world)
    _thumbnail(world)
    assert _thumbnail(world, look=_must_not_look)["next"] == "notify"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.FAILED, "object_key": None},
        {"object_key": None, "cancel_requested_at": iso(NOW), "discard": True},
        {"told": "evt_1"},
        {"warnings": [no_poster()], "poster_due": False},
    ],
    ids=["failed", "thrown away", "announced", "given up"],
)
def test_a_video_that_needs_no_poster_is_not_looked_at(world: "World", changes: dict[str, Any]) -> None:
    _stored(world, **changes)
    assert _thumbnail(world, look=_must_not_look)["next"] in ("notify", "done")
    assert world.read(ID).poster is None


def test_a_video_that_an_operator_delivered_gets_a_poster_too(world: "World") -> None:
    _stored(world, poster_due=False)
    _thumbnail(world)
    assert world.read(ID).poster is not None


@pytest.mark.parametrize("run", [0, 2])
def test_another_run_or_a_missing_video_is_left_alone(world: "World", run: int) -> None:
    assert _thumbnail(world, look=_must_not_look)["next"] == "done"
    _stored(world)
    assert _thumbnail(world, look=_must_not_look, run=run)["next"] == "done"


def test_the_look_has_the_time_that_is_left_less_a_reserve(world: "World") -> None:
    seen: list[float] = []
    _stored(world)

    def look(file: IO[bytes], seconds: float) -> Look:
        seen.append(seconds)
        assert file.read() == FILM
        file.seek(0)
        return look_at(file, seconds)

    _thumbnail(world, look=look)
    assert seen == [40.0 - RESERVE]


@pytest.mark.parametrize(
    ("data", "changes", "code"),
    [
        (b"no film", {}, "unreadable"),
        (FILM, {"bytes": LARGEST + 1}, "too_large"),
        (FILM, {"object_key": "videos/acme/another.mp4"}, "not_stored"),
    ],
)
def test_a_file_without_facts_is_logged_and_left_to_notify(
    world: "World", data: bytes, changes: dict[str, Any], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="cliprelay.thumbnail")
    before = _stored(world, data, **changes)
    assert _thumbnail(world)["next"] == "notify"
    assert [(each.msg, each.code) for each in caplog.records] == [("no poster", code)]  # type: ignore[attr-defined]
    assert world.read(ID) == before


def test_facts_without_a_poster_are_stored_and_the_poster_stays_due(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    _stored(world)
    facts = look_at(io.BytesIO(FILM), 20).facts
    _thumbnail(world, look=lambda file, seconds: Look(facts, reason="not_decoded"))
    video = world.read(ID)
    assert (video.facts, video.poster, video.poster_due) == (facts, None, True)
    assert [each.code for each in caplog.records] == ["not_decoded"]  # type: ignore[attr-defined]


def test_a_poster_that_comes_after_notify_has_given_it_up_is_not_noted(world: "World") -> None:
    video = _stored(world)

    def late(file: IO[bytes], seconds: float) -> Look:
        world.videos.give_up_poster(video)
        return look_at(file, seconds)

    _thumbnail(world, look=late)
    after = world.read(ID)
    assert (after.poster, after.facts, after.warnings) == (None, None, [no_poster()])


def test_a_poster_that_comes_after_the_announcement_is_not_noted(world: "World") -> None:
    video = _stored(world, poster_due=False)

    def late(file: IO[bytes], seconds: float) -> Look:
        world.videos.mark_notified(video)
        return look_at(file, seconds)

    _thumbnail(world, look=late)
    assert world.read(ID).poster is None


def test_an_error_of_aws_is_an_error_of_the_step(world: "World") -> None:
    _stored(world)
    world.s3.delete_object(Bucket=world.bucket, Key=KEY)

    class Denied:
        def read_video(self, key: str, file: IO[bytes]) -> bool:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")

    with pytest.raises(ClientError):
        _thumbnail(world, store=Denied())


def test_an_unreadable_video_carries_its_code() -> None:
    assert str(UnreadableVideo("no_picture")) == UnreadableVideo("no_picture").code == "no_picture"
