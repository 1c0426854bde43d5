"""Whatever is written, and whatever came between its read and its write, a record is listed by what it says."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.aws.items import typed
from cliprelay.video.listing import NOT_BEFORE, listing_now
from cliprelay.video.record import Video, iso
from cliprelay.video.states import MOVES, TERMINAL, Status
from cliprelay.video.table import VideoTable
from tests.support.makers import NOW, any_video

if TYPE_CHECKING:
    from tests.support.world import World

Write = Callable[[VideoTable, Video], Any]

SHOWN: dict[str, dict[str, Any]] = {
    "as it is": {},
    "scheduled": {"waiting_for": NOT_BEFORE},
    "paused": {"waiting_for": "paused"},
    "canceled": {"cancel_requested_at": iso(NOW)},
    "deleted": {"deleted_at": iso(NOW)},
}
# Open videos are not deleted, only queued ones wait, and one end is like another.
STORED = [
    *((status, how) for status in Status if status not in TERMINAL for how in ("as it is", "canceled")),
    *((Status.QUEUED, how) for how in ("scheduled", "paused")),
    *((Status.FAILED, how) for how in ("as it is", "canceled", "deleted")),
]


def _waits(code: str) -> Write:
    return lambda videos, video: videos.extend_lease(video, NOW, 60, waiting_for=code)


def _moves(target: Status, **changes: Any) -> Write:
    def move(videos: VideoTable, video: Video) -> None:
        if target in MOVES[video.status]:
            with suppress(ValueError):  # a canceled video is never paid, nor queued again
                videos.move(video, target, NOW, **changes)

    return move


def _cancels(*, discard: bool) -> Write:
    def cancel(videos: VideoTable, video: Video) -> None:
        if not video.is_over:
            videos.request_cancel(video, NOW, discard=discard, discard_after=None)

    return cancel


def _ends_canceled(videos: VideoTable, video: Video) -> None:
    if video.status is Status.QUEUED:
        videos.end_canceled(video, NOW, keep_for=NOW - NOW)


WRITES: dict[str, Write] = {
    "waits for its time": _waits(NOT_BEFORE),
    "waits for the operator": _waits("paused"),
    **{f"becomes {target}": _moves(target) for target in Status},
    "is claimed": _moves(Status.SUBMITTING, waiting_for=None),
    "goes back to the queue": _moves(Status.QUEUED, waiting_for="throttled"),
    "is canceled": _cancels(discard=False),
    "is thrown away": _cancels(discard=True),
    "ends canceled": _ends_canceled,
    "is listed anew": VideoTable.list_anew,
    "is restored": lambda videos, video: video.is_over or videos.mark_unconfirmed(video, NOW, {"code": "restored", "message": "?"}),
    "is delivered": lambda videos, video: videos.deliver_failed(video, NOW),
    "is deleted": lambda videos, video: videos.delete(video.id, NOW, lambda _: False),
}


def _restore(world: "World", item: dict[str, Any]) -> None:
    world.dynamodb.put_item(TableName=world.videos_table, Item=typed(item))


def _assert_listed(world: "World", video_id: str, written: str) -> None:
    item = world.item(video_id)
    assert item.get("listing") == listing_now(Video.from_item(item)), written


@pytest.mark.parametrize(("status", "how"), STORED)
def test_two_writes_from_one_read_list_the_video_by_what_its_record_says(world: "World", status: Status, how: str) -> None:
    event = {"event_id": "evt_1"} if status in TERMINAL else {}
    video = any_video(status=status, **event, **SHOWN[how])
    world.put(video)
    read = world.item(video.id)
    for first, write in WRITES.items():
        _restore(world, read)
        write(world.videos, video)
        _assert_listed(world, video.id, first)
        between = world.item(video.id)
        for second, write_late in WRITES.items() if between != read else ():
            _restore(world, between)
            write_late(world.videos, video)
            _assert_listed(world, video.id, f"{first}, then {second}")


def test_no_write_that_waits_undoes_a_cancel(world: "World") -> None:
    video = world.put(any_video(waiting_for=NOT_BEFORE))
    canceled = world.videos.request_cancel(video, NOW, discard=False, discard_after=None).video
    assert not world.videos.extend_lease(video, NOW, 60, waiting_for="paused").won
    assert world.read(video.id) == canceled


def test_a_video_that_begins_to_wait_for_something_else_is_not_listed_anew(world: "World") -> None:
    video = world.put(any_video(waiting_for=NOT_BEFORE))
    world.videos.extend_lease(video, NOW, 60, waiting_for="paused")
    before = world.item(video.id)
    assert not world.videos.list_anew(video)
    assert world.item(video.id) == before
