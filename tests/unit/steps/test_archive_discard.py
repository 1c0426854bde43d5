"""Archive and a cancel that comes while it copies: the file is kept, or nothing of it is."""

import hashlib
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

import pytest

from cliprelay.errors import DeadLink
from cliprelay.media.download import Downloaded
from cliprelay.steps.archive import archive
from cliprelay.steps.poll import poll
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.workflow.cancellation import COPIES_OUTLIVED, cancel
from cliprelay.workflow.contract import Event, Result
from tests.support.makers import GRACE, any_mp4, any_video

if TYPE_CHECKING:
    from tests.support.world import World

LEFT = COPIES_OUTLIVED.total_seconds()


class Meanwhile:
    """A download during which something happens."""

    def __init__(self, act: Callable[[], object], *, dead: bool = False) -> None:
        self._act, self._dead, self.asked = act, dead, 0

    def fetch(self, url: str, file: IO[bytes], *, seconds: float) -> Downloaded:
        self.asked += 1
        self._act()
        if self._dead:
            raise DeadLink("http_403")
        content = any_mp4()
        file.write(content)
        return Downloaded(len(content), hashlib.sha256(content).hexdigest(), framed=True)


def _put(world: "World") -> None:
    world.put(any_video(status=Status.ARCHIVING, claim="a", upstream_id="task-1", upstream_url="https://media.example.com/v.mp4"))


def _archive(world: "World", downloader: Meanwhile) -> Result:
    event = Event(video_id=any_video().id, run=1)
    return archive(event, videos=world.videos, store=world.store, downloader=downloader, clock=world.clock, seconds_left=900)  # type: ignore[arg-type]


def _cancel(world: "World", *, discard: bool = False) -> None:
    cancel(world.videos, _now(world), world.clock(), discard=discard, start=lambda video_id, run: None)


def _now(world: "World") -> Video:
    return world.read(any_video().id)


def test_a_file_that_arrives_after_a_cancel_is_kept(world: "World") -> None:
    _put(world)
    assert _archive(world, Meanwhile(lambda: _cancel(world)))["next"] == "notify"
    assert (_now(world).status, _now(world).object_key, len(world.objects())) == (Status.SUCCEEDED, world.objects()[0], 1)


def test_a_file_that_arrives_after_a_discard_has_no_record_and_is_deleted_once_no_copy_can_follow(world: "World") -> None:
    _put(world)
    assert _archive(world, Meanwhile(lambda: _cancel(world, discard=True)))["next"] == "archive"
    assert (_now(world).status, _now(world).object_key, len(world.objects())) == (Status.ARCHIVING, None, 1)
    never = Meanwhile(lambda: None)
    assert _archive(world, never)["wait"] == LEFT
    world.clock.advance(LEFT)
    assert _archive(world, never) == {"video_id": any_video().id, "run": 1, "status": "succeeded", "next": "notify"}
    assert (world.objects(), never.asked, _now(world).object_key, _now(world).link) == ([], 0, None, None)


@pytest.mark.parametrize("dead", [False, True])
def test_a_copy_that_comes_even_later_deletes_what_it_has_stored(world: "World", *, dead: bool) -> None:
    _put(world)

    def discard_and_end() -> None:
        _cancel(world, discard=True)
        world.clock.advance(LEFT)
        _archive(world, Meanwhile(lambda: None))
        world.s3.put_object(Bucket=world.bucket, Key=f"unverified/acme/{any_video().id}/ab", Body=b"kept aside")

    _archive(world, Meanwhile(discard_and_end, dead=dead))
    assert (_now(world).status, world.objects()) == (Status.SUCCEEDED, [])


def test_poll_asks_nothing_about_a_file_that_is_thrown_away(world: "World") -> None:
    _put(world)
    _cancel(world, discard=True)
    event = Event(video_id=any_video().id, run=1)
    answer = poll(event, videos=world.videos, upstream=None, clock=world.clock, grace=GRACE, count=lambda name: None)  # type: ignore[arg-type]
    assert answer["next"] == "archive"
