"""Deletion removes what a record says of a video; Eraser deletes its objects, twice, and an address that is no longer needed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.ids import link_bits
from cliprelay.media.bucket import MediaBucket
from cliprelay.media.facts import Facts, Poster
from cliprelay.video.erasure import KEPT
from cliprelay.video.record import Video
from cliprelay.video.table import VideoTable, due_key
from cliprelay.webhooks.delivery import new_delivery
from cliprelay.workflow.deletion import Deletion, Eraser, KeepsChanging
from tests.support.delivery_runner import EVENT, ended_video
from tests.support.full_video import full_video
from tests.support.makers import NOW, TENANT, Meddled
from tests.support.world import RETENTION

if TYPE_CHECKING:
    from tests.support.world import World

EPOCH = int(NOW.timestamp())
VIDEO = full_video().id
PATH = f"/v1/videos/{VIDEO}"


def _put(world: "World", **changes: Any) -> Video:
    return world.put(full_video(**{"event_id": EVENT, "told": EVENT, "webhook_url": None, "webhook_events": None} | changes))


def _files(world: "World") -> list[str]:
    """Store all that a video may have in the bucket, and return what belongs to others."""
    own = [f"videos/{TENANT}/{VIDEO}.mp4", f"posters/{TENANT}/{VIDEO}.jpg", f"unverified/{TENANT}/{VIDEO}/{'ab' * 32}", "inputs/acme/1"]
    others = ["inputs/acme/2", f"videos/{TENANT}/{VIDEO[:-1]}C.mp4", f"videos/other/{VIDEO}.mp4"]
    for key in (*own, *others):
        world.s3.put_object(Bucket=world.bucket, Key=key, Body=b"any")
    return sorted(others)


def _sweep(world: "World") -> None:
    for video_id in list(world.videos.due("due", world.clock())):
        world.eraser().erase(world.read(video_id))


# The objects


def test_the_sweep_deletes_every_object_of_the_video_and_of_no_other(world: "World") -> None:
    others = _files(world)
    _put(world)
    world.ask("DELETE", PATH)
    assert len(world.objects()) == 7  # the record first
    _sweep(world)
    assert world.objects() == others
    assert world.item(VIDEO)["due"] == due_key(VIDEO)


def test_what_a_slow_copy_put_back_is_deleted_twenty_minutes_later(world: "World") -> None:
    _put(world)
    world.ask("DELETE", PATH)
    _sweep(world)
    others = _files(world)
    world.clock.advance(1_199)
    _sweep(world)
    assert len(world.objects()) == 7
    world.clock.advance(1)
    _sweep(world)
    assert world.objects() == others
    assert not {"due", "due_at", "erase_at", "erase_inputs"} & world.item(VIDEO).keys()


def test_a_failed_sweep_leaves_the_video_due(world: "World") -> None:
    _files(world)
    _put(world)
    world.ask("DELETE", PATH)

    def refuse(real: Any, **call: Any) -> Any:
        raise ConnectionError

    store = MediaBucket(Meddled(world.s3, delete_object=refuse), world.bucket)  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        Eraser(world.videos, world.deliveries, store, world.clock).erase(world.read(VIDEO))
    assert list(world.videos.due("due", world.clock())) == [VIDEO]


def test_all_versions_go_where_the_bucket_keeps_them() -> None:
    deleted: list[tuple[str, str]] = []

    class Versioned:
        def get_paginator(self, operation: str) -> "Versioned":
            assert operation == "list_object_versions"
            return self

        def paginate(self, **call: Any) -> list[dict[str, Any]]:
            key = call["Prefix"]
            marker = [{"Key": key, "VersionId": "3"}]
            return [{"Versions": [{"Key": key, "VersionId": "1"}]}, {"Versions": [{"Key": key, "VersionId": "2"}], "DeleteMarkers": marker}]

        def delete_object(self, **call: Any) -> None:
            deleted.append((call["Key"], call["VersionId"]))

    MediaBucket(Versioned(), "bucket").delete_all(TENANT, VIDEO, [])  # type: ignore[arg-type]
    assert [version for key, version in deleted if key.startswith("videos/")] == ["1", "2", "3"]


# Events


def test_an_event_that_is_still_to_be_told_keeps_its_lease_and_its_address(world: "World") -> None:
    _put(world, told=None, due=due_key(VIDEO), due_at=EPOCH + 600, webhook_url="https://hooks.example.com/clips")
    world.ask("DELETE", PATH)
    assert (world.read(VIDEO).due_at, world.read(VIDEO).webhook_url) == (EPOCH + 600, "https://hooks.example.com/clips")
    world.videos.mark_notified(world.read(VIDEO))
    video = world.read(VIDEO)
    assert (video.told, video.due, video.due_at) == (EVENT, due_key(VIDEO), EPOCH)
    _sweep(world)
    assert world.read(VIDEO).webhook_url is None


def test_a_delete_while_notify_runs_is_not_forgotten(world: "World") -> None:
    before = _put(world, told=None, due=due_key(VIDEO), due_at=EPOCH + 600)
    world.ask("DELETE", PATH)
    assert world.videos.mark_notified(before).won
    assert list(world.videos.due("due", world.clock())) == [VIDEO]


def test_an_address_goes_when_its_last_delivery_has_ended(world: "World") -> None:
    video = world.put(ended_video())
    delivery = new_delivery(video, world.clock(), RETENTION)
    world.deliveries.begin(delivery, world.clock())
    world.ask("DELETE", PATH)
    for _ in range(3):
        _sweep(world)
        world.clock.advance(3_600)
        assert world.read(VIDEO).webhook_url == video.webhook_url
    pending = world.deliveries.get(delivery.id)
    assert pending
    world.deliveries.end(pending, "failed")  # type: ignore[arg-type]
    _sweep(world)
    assert not {"due", "erase_at", "webhook_url", "webhook_events"} & world.item(VIDEO).keys()


# Races


Other = Callable[[VideoTable, Video], Any]


def _renew(videos: VideoTable, video: Video) -> None:
    videos.renew_link(video, link_bits())


class _Disturbed(VideoTable):
    """Something else writes between the reading and the writing of each of the first deletes."""

    other: Other
    left: int

    def delete(self, *args: Any) -> Any:
        found = self._table.read(VIDEO)
        if self.left and found:
            self.left -= 1
            real = self._table.write

            def late(update: Any) -> Any:
                self._table.write = real  # type: ignore[method-assign]
                self.other(self, Video.from_item(found))
                return real(update)

            self._table.write = late  # type: ignore[method-assign]
        return super().delete(*args)


def _disturbed(world: "World", times: int, other: Other = _renew) -> Deletion:
    videos = _Disturbed(world.dynamodb, world.videos_table, retention=RETENTION, event_ids=lambda now: "any", spend=lambda: world.spend)
    videos.other, videos.left = staticmethod(other), times  # type: ignore[assignment]
    return Deletion(videos, world.deliveries, world.clock)


FACTS = Facts(width=64, height=36, frames=3, fps_thousandths=24_000, milliseconds=125, codec="h264", sound=False)
POSTER = Poster(key=f"posters/{TENANT}/{VIDEO}.jpg", bytes=698, width=64, height=36)
OTHERS: dict[str, Other] = {
    "Notify": lambda videos, video: videos.mark_notified(video),
    "Thumbnail": lambda videos, video: videos.note_look(video, FACTS, POSTER),
    "no poster": lambda videos, video: videos.give_up_poster(video),
    "the sweep": lambda videos, video: videos.begin_run(video, NOW),
    "a failing step": lambda videos, video: videos.note_failing(video, NOW),
    "a new link": _renew,
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("told", [None, EVENT])
def test_whatever_writes_meanwhile_everything_goes(world: "World", told: str | None, name: str) -> None:
    lease = {} if told else {"due": due_key(VIDEO), "due_at": EPOCH + 600}
    _put(world, told=told, poster_due=True, **lease)
    others = _files(world)
    assert _disturbed(world, 1, OTHERS[name]).delete(VIDEO)
    if world.read(VIDEO).must_be_announced:
        world.videos.mark_notified(world.read(VIDEO))
    for _ in range(3):
        _sweep(world)
        world.clock.advance(1_800)
    assert world.objects() == others
    assert world.item(VIDEO).keys() <= KEPT | {"settings", "error", "deleted_at"}
    assert not {"due", "due_at", "failing_since"} & world.item(VIDEO).keys()


def test_a_link_that_is_renewed_meanwhile_is_revoked_too(world: "World") -> None:
    _put(world)
    assert _disturbed(world, 1).delete(VIDEO)
    assert len(world.read(VIDEO).revoked_links) == 2
    assert world.read(VIDEO).link is None


def test_a_record_that_never_rests_is_not_deleted(world: "World") -> None:
    _put(world)
    with pytest.raises(KeepsChanging):
        _disturbed(world, 99).delete(VIDEO)
    assert world.read(VIDEO).deleted_at is None
    videos = _disturbed(world, 99).videos
    said = world.ask("DELETE", PATH, front=world.front(videos=videos))
    assert (said.status, said.json["code"]) == (503, "unavailable")
