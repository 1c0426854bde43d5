"""Delivery of a file that was kept aside: the operator's decision, which also moves a failed video."""

import hashlib
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.idempotency import Intent
from cliprelay.video.kept_copies import KeptCopy
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import DUE
from cliprelay.workflow.deletion import Deletion
from cliprelay.workflow.resolution import CannotResolve, deliver
from tests.support.makers import NOW, Meddled, any_video, twice

if TYPE_CHECKING:
    from tests.support.world import World

ID = any_video().id
FILES = [b"first", b"second", b"third"]


def _copy(data: bytes, **changes: Any) -> KeptCopy:
    sha256 = hashlib.sha256(data).hexdigest()
    note = KeptCopy(sha256=sha256, bytes=len(data), doubt="no_picture", link_at=1, is_framed=True, has_type=True, is_kept=True)
    return replace(note, **changes)


def _put(world: "World", *copies: KeptCopy, status: Status = Status.FAILED, **changes: Any) -> Video:
    for data in FILES:
        sha256 = hashlib.sha256(data).hexdigest()
        world.s3.put_object(Bucket=world.bucket, Key=f"unverified/acme/{ID}/{sha256}", Body=data)
    usual: dict[str, Any] = {"claim": "a", "upstream_id": "task-1", "event_id": "evt_1", "told": "evt_1", "expires_at": 5}
    usual |= {"error": {"code": "video_unverified", "message": "any"}} if status is Status.FAILED else {"event_id": None, "told": None}
    return world.put(any_video(status=status, noted_copies=list(copies), **(usual | changes)))


def _stored(world: "World") -> bytes:
    data: bytes = world.s3.get_object(Bucket=world.bucket, Key=world.read(ID).object_key)["Body"].read()
    return data


def test_a_failed_video_succeeds_with_the_file_the_warning_and_a_new_event(world: "World") -> None:
    _put(world, _copy(FILES[0]), warnings=[{"code": "any", "message": "any"}])
    video = deliver(world.videos, world.store, ID, "", NOW)
    assert (video.status, video.error, video.bytes, video.progress) == (Status.SUCCEEDED, None, 5, 100)
    assert [warning["code"] for warning in video.warnings] == ["any", "unverified_media"]
    assert (video.event_id != "evt_1", video.must_be_announced, bool(video.link)) == (True, True, True)
    assert (video.expires_at or 0) > NOW.timestamp()
    assert list(world.videos.due(DUE, NOW)) == [ID]
    assert _stored(world) == FILES[0]


def test_an_archiving_video_need_not_fail_first(world: "World") -> None:
    _put(world, _copy(FILES[0]), status=Status.ARCHIVING, upstream_url="https://media.example.com/1.mp4", copies=7)
    assert deliver(world.videos, world.store, ID, "", NOW).status is Status.SUCCEEDED
    assert world.read(ID).upstream_url is None


def test_the_newest_file_that_arrived_whole_is_taken(world: "World") -> None:
    _put(world, _copy(FILES[0]), _copy(FILES[1]), _copy(FILES[2], is_framed=False))
    deliver(world.videos, world.store, ID, "", NOW)
    assert _stored(world) == FILES[1]


def test_a_file_can_be_chosen_even_if_it_may_be_cut(world: "World") -> None:
    _put(world, _copy(FILES[0]), _copy(FILES[2], is_framed=False))
    deliver(world.videos, world.store, ID, hashlib.sha256(FILES[2]).hexdigest()[:6], NOW)
    assert _stored(world) == FILES[2]


def test_the_only_file_is_taken_even_if_it_may_be_cut(world: "World") -> None:
    _put(world, _copy(FILES[2], is_framed=False), _copy(FILES[1], is_kept=False))
    deliver(world.videos, world.store, ID, "", NOW)
    assert _stored(world) == FILES[2]


@pytest.mark.parametrize(
    ("copies", "sha256", "complaint"),
    [
        ([], "", "no unverified copy"),
        ([_copy(FILES[0], is_kept=False)], "", "no unverified copy"),
        ([_copy(FILES[0])], "0000000", "begins with 0000000"),
        ([_copy(FILES[0], is_framed=False), _copy(FILES[1], is_framed=False)], "", "choose one"),
        ([_copy(b"expired")], "", "no longer in the bucket"),
    ],
)
def test_a_file_that_is_not_kept_is_not_delivered(world: "World", copies: list[KeptCopy], sha256: str, complaint: str) -> None:
    video = _put(world, *copies)
    with pytest.raises(CannotResolve, match=complaint):
        deliver(world.videos, world.store, ID, sha256, NOW)
    assert world.read(ID) == video


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.FAILED, Status.ARCHIVING}))
def test_only_an_archiving_or_failed_video_can_be_delivered(world: "World", status: Status) -> None:
    video = _put(world, _copy(FILES[0]), status=status)
    with pytest.raises(CannotResolve, match=status.value):
        deliver(world.videos, world.store, ID, "", NOW)
    assert world.read(ID) == video


def test_an_unknown_video_is_reported_as_unknown(world: "World") -> None:
    with pytest.raises(CannotResolve, match="no video"):
        deliver(world.videos, world.store, ID, "", NOW)


def test_a_second_delivery_changes_nothing(world: "World") -> None:
    _put(world, _copy(FILES[0]))
    first = deliver(world.videos, world.store, ID, "", NOW)
    assert deliver(world.videos, world.store, ID, "", NOW) == first


def test_a_repeated_write_delivers_once(world: "World") -> None:
    _put(world, _copy(FILES[0]))
    table = world.videos_over(Meddled(world.dynamodb, update_item=twice))
    assert deliver(table, world.store, ID, "", NOW).status is Status.SUCCEEDED


def test_a_crash_after_the_file_is_stored_is_made_good_by_the_next_try(world: "World") -> None:
    _put(world, _copy(FILES[0]))

    def crash(real: Any, **kwargs: Any) -> Any:
        raise SystemExit

    with pytest.raises(SystemExit):
        deliver(world.videos_over(Meddled(world.dynamodb, update_item=crash)), world.store, ID, "", NOW)
    assert [warning["code"] for warning in deliver(world.videos, world.store, ID, "", NOW).warnings] == ["unverified_media"]


def test_a_verified_file_that_is_stored_already_is_delivered_instead(world: "World") -> None:
    _put(world, _copy(FILES[0]))
    world.store.put_video(f"videos/acme/{ID}.mp4", io.BytesIO(b"verified"), 8, hashlib.sha256(b"verified").hexdigest())
    video = deliver(world.videos, world.store, ID, "", NOW)
    assert (video.sha256, video.warnings) == (hashlib.sha256(b"verified").hexdigest(), [])


def test_a_video_that_moves_meanwhile_is_left_alone(world: "World") -> None:
    _put(world, _copy(FILES[0]), status=Status.ARCHIVING)

    def overtaken(real: Any, **kwargs: Any) -> Any:
        world.change(ID, status="failed", event_id="evt_2")
        return real(**kwargs)

    with pytest.raises(CannotResolve, match="has just moved"):
        deliver(world.videos_over(Meddled(world.dynamodb, update_item=overtaken)), world.store, ID, "", NOW)


def test_the_idempotency_key_lives_as_long_as_the_delivered_video(world: "World") -> None:
    video = replace(any_video(), intent="intent_1")
    world.videos.accept(video, Intent("intent_1", ID, "any"), NOW)
    _put(world, _copy(FILES[0]), intent="intent_1")
    delivered = deliver(world.videos, world.store, ID, "", NOW)
    assert world.item("intent_1")["expires_at"] == delivered.expires_at


def test_nothing_of_a_deleted_video_is_delivered(world: "World") -> None:
    _put(world, _copy(FILES[0]))
    assert Deletion(world.videos, world.deliveries, world.clock).delete(ID)
    before = world.item(ID)
    with pytest.raises(CannotResolve, match="was deleted"):
        deliver(world.videos, world.store, ID, "", NOW)
    assert world.item(ID) == before


def test_a_video_that_is_deleted_while_it_is_delivered_stays_deleted(world: "World") -> None:
    _put(world, _copy(FILES[0]))

    def overtaken(real: Any, **kwargs: Any) -> Any:
        Deletion(world.videos, world.deliveries, world.clock).delete(ID)
        return real(**kwargs)

    with pytest.raises(CannotResolve, match="has just moved"):
        deliver(world.videos_over(Meddled(world.dynamodb, update_item=overtaken)), world.store, ID, "", NOW)
    assert world.read(ID).object_key is None
