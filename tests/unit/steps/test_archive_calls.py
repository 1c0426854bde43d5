"""Archive's AWS calls, in order."""

import hashlib
from typing import IO, TYPE_CHECKING, Any

from cliprelay.errors import DeadLink
from cliprelay.media.download import Downloaded
from cliprelay.steps.archive import STARTS_WITHIN, archive
from cliprelay.video.idempotency import Intent
from cliprelay.video.states import Status
from cliprelay.video.table import KEEPER_MARGIN, due_key
from cliprelay.workflow.contract import Event
from cliprelay.workflow.decisions import FIRST_COPY
from tests.support.makers import NOW, Meddled, any_mp4, any_video
from tests.support.recorded_calls import calls_of

if TYPE_CHECKING:
    from cliprelay.video.record import Video
    from tests.support.world import World

EPOCH = int(NOW.timestamp())
LINK = "https://media.example.com/v.mp4"


class _Link:
    """A link that serves the video, or no longer does."""

    def __init__(self, *, dead: bool = False) -> None:
        self._dead = dead

    def fetch(self, url: str, file: IO[bytes], *, seconds: float) -> Downloaded:
        if self._dead:
            raise DeadLink("http_403")
        file.write(any_mp4())
        return Downloaded(len(any_mp4()), hashlib.sha256(any_mp4()).hexdigest(), framed=True)


def _finished(world: "World", **changes: Any) -> "Video":
    """Store a video as Poll leaves it."""
    lease = {"due": due_key(any_video().id), "due_at": EPOCH + int((FIRST_COPY + KEEPER_MARGIN).total_seconds())}
    known = {"status": Status.ARCHIVING, "claim": "a", "upstream_id": "task-1", "upstream_url": LINK, "copying_since": EPOCH}
    return world.put(any_video(**{**known, **lease, **changes}))


def _calls(world: "World", *, dead: bool = False, table: Any = None) -> list[str]:
    with calls_of(world) as calls:
        archive(
            Event(video_id=any_video().id, run=1),
            videos=table or world.videos,
            store=world.store,
            downloader=_Link(dead=dead),  # type: ignore[arg-type]
            clock=world.clock,
            seconds_left=900,
        )
    return calls


def test_a_first_copy_is_read_stored_and_moved(world: "World") -> None:
    _finished(world)
    assert _calls(world) == ["GetItem", "PutObject", "UpdateItem"]
    assert world.read(any_video().id).status is Status.SUCCEEDED


def test_a_video_with_an_idempotency_key_is_moved_in_a_transaction(world: "World") -> None:
    video = any_video(status=Status.ARCHIVING, upstream_url=LINK, copying_since=EPOCH, intent="intent_1")
    world.videos.accept(video, Intent("intent_1", video.id, "hash"), NOW)
    assert _calls(world) == ["GetItem", "PutObject", "TransactWriteItems"]


def test_the_move_after_a_first_copy_leaves_the_lease_as_it_is(world: "World") -> None:
    due_at = _finished(world).due_at
    world.clock.advance(5)
    _calls(world)
    assert world.read(any_video().id).due_at == due_at


def test_a_further_copy_extends_the_lease_first(world: "World") -> None:
    _finished(world, copying_since=None, copies=1)
    assert _calls(world) == ["GetItem", "UpdateItem", "PutObject", "UpdateItem"]


def _crash_before_the_move(world: "World") -> None:
    def crash(real: Any, **kwargs: Any) -> Any:
        raise SystemExit

    try:
        _calls(world, table=world.videos_over(Meddled(world.dynamodb, update_item=crash)))
    except SystemExit:
        return
    raise AssertionError("it did not crash")


def test_after_a_crash_between_file_and_move_the_file_is_found_without_a_download(world: "World") -> None:
    _finished(world)
    _crash_before_the_move(world)
    world.clock.advance(STARTS_WITHIN.total_seconds() + 1)
    assert _calls(world) == ["GetItem", "HeadObject", "UpdateItem"]
    assert world.read(any_video().id).status is Status.SUCCEEDED


def test_right_after_such_a_crash_the_file_is_found_when_it_is_stored_again(world: "World") -> None:
    _finished(world)
    _crash_before_the_move(world)
    assert _calls(world) == ["GetItem", "PutObject", "HeadObject", "UpdateItem"]
    assert len(world.objects()) == 1


def test_a_failed_copy_looks_in_the_bucket_before_it_gives_up(world: "World") -> None:
    _finished(world)
    assert _calls(world, dead=True) == ["GetItem", "HeadObject", "UpdateItem"]
    assert world.read(any_video().id).copies == 1
