"""Copy lost videos into the live table; none of them can be paid again without a decision of the operator."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cliprelay.admission.table import CONTROLS
from cliprelay.aws.table import ConditionFailed, Table
from cliprelay.video.listing import place
from cliprelay.video.record import Video, iso
from cliprelay.video.states import Status
from cliprelay.video.table import KEEPER_MARGIN, UNCONFIRMED, VideoTable
from cliprelay.workflow.durations import PREFIX
from cliprelay.workflow.resolution import CannotResolve, adopt, distrust_restored
from operate.recovery.marking import mark_unconfirmed
from operate.recovery.report import AGAIN, COPIED, EXISTS, EXPIRED, UNKNOWN, Outcome

AS_UNCONFIRMED, AS_RUNNING = "copied as unconfirmed", "copied as running, with the upstream's task"
TASK_ADDED = "in the live table without its task, which was added"
TAKEN = "not copied: another video has it now"

_KEY, _TASK, _CONTROLS, _OTHER = "Idempotency-Key, alone", "upstream task", "pause and breaker", "other item"
_DURATIONS = "durations learned"
_ABSENT = "attribute_not_exists(id)"

Item = dict[str, Any]


@dataclass(frozen=True)
class VideoCopier:
    """Copies the restored table of videos; with `dry_run` it only says what it would do.

    An item that the live table has is newer and stays, except that a task missing from a video is added: that is a proof of
    payment. Each video is copied in one transaction with its Idempotency-Key and its claim to a task, so that a crash leaves
    nothing half copied and a second run continues.
    """

    restored: Table
    live: Table
    restored_videos: VideoTable
    live_videos: VideoTable
    event_id: Callable[[datetime], str]
    clock: Callable[[], datetime]
    dry_run: bool

    def copy(self) -> Iterator[Outcome]:
        """Examine every item of the restored table, and yield what became of it."""
        for item in self.restored.scan():
            yield from self._copy(item)

    def _copy(self, item: Item) -> Iterator[Outcome]:
        if "tenant" in item:
            yield from self._copy_video(item)
        elif item["id"].startswith("intent_"):
            yield from self._copy_key(item)
        elif item["id"].startswith("task_"):
            yield self._copy_task(item)
        elif item["id"].partition("#")[0] == CONTROLS:
            yield Outcome(_CONTROLS, EXISTS)  # the operator who paused the live table decides when it continues
        elif item["id"].startswith(PREFIX):
            yield Outcome(_DURATIONS, EXISTS)  # or learns it again, within some dozens of videos
        else:
            yield Outcome(_OTHER, UNKNOWN)

    # Videos

    def _copy_video(self, item: Item) -> Iterator[Outcome]:
        kind = f"video, {item['status']}"
        if self._has_expired(item):
            yield Outcome(kind, EXPIRED)
            return
        live = self.live_videos.get(item["id"])
        if live is None:
            yield from self._put_video(kind, item)
        elif item.get("upstream_id") and not live.upstream_id:
            yield self._add_task(kind, live, item["upstream_id"])
        else:
            yield Outcome(kind, EXISTS)

    def _put_video(self, kind: str, item: Item) -> Iterator[Outcome]:
        """Put a marked video with what belongs to it; drop from it what another video has by now."""
        copied, notes = self._marked(item), list[str]()
        if copied is None:
            yield Outcome(kind, EXISTS)
            return
        key = self._key_of(copied)
        if key and (other := self._other_video_of(key)):
            copied.pop("intent")
            key = None
            yield self._distrust_second_order(other, copied["id"])
        if copied.get("upstream_id") and not self._task_is_free(copied):
            copied = self._disputed(copied)
            notes = [f"{copied['id']}: its upstream task belongs to another video now, so it is unconfirmed"]
        yield Outcome(kind, self._write(copied, key), *notes)

    def _marked(self, item: Item) -> Item | None:
        video = Video.from_item(item)
        if self.dry_run or video.is_over:
            return dict(item)
        marked = mark_unconfirmed(self.restored_videos, video, self.clock())
        return self.restored.read(item["id"]) if marked else None

    def _write(self, item: Item, key: Item | None) -> str:
        video = Video.from_item(item)
        # A backup of an earlier version has no such attribute, or that of the state before.
        item = {name: value for name, value in item.items() if name != "listing"} | place(video)
        parts = [self.live.put_part(item, _ABSENT)]
        if key:
            parts.append(self.live.put_part(key, f"{_ABSENT} OR video_id = :video", {":video": item["id"]}))
        if item.get("upstream_id") and not Video.from_item(item).is_over:
            parts.append(self.live_videos.task_part(Video.from_item(item), item["upstream_id"]))
        try:
            if not self.dry_run:
                self.live.transact(*parts)
        except ConditionFailed:
            return AGAIN
        return _result(Video.from_item(item))

    def _disputed(self, item: Item) -> Item:
        """Return an open video as unconfirmed and without the task that it lost; an ended one as it is."""
        if Video.from_item(item).is_over:
            return item
        now = self.clock()
        message = "The table was restored from a backup, and the upstream's task of this request belongs to another video now."
        sets = {"status": Status.UNCONFIRMED.value, "due": UNCONFIRMED, "due_at": int((now + KEEPER_MARGIN).timestamp())}
        event = {"event_id": self.event_id(now), "event_at": iso(now), "updated_at": iso(now)}
        kept = {name: value for name, value in item.items() if name not in ("upstream_id", "told")}
        return kept | sets | event | {"error": {"code": "restored", "message": message}}

    def _add_task(self, kind: str, live: Video, upstream_id: str) -> Outcome:
        """Give a damaged live record back the proof of its payment."""
        if live.is_over:
            note = f"{live.id} has ended as {live.status.value}, and the restored record names the upstream's task {upstream_id}"
            return Outcome(kind, EXISTS, note)
        if not self.dry_run:
            distrust_restored(self.live_videos, live, self.clock())
            try:
                adopt(self.live_videos, live.id, upstream_id, self.clock())
            except CannotResolve as refusal:
                return Outcome(kind, EXISTS, f"{live.id}: {refusal}")
        return Outcome(kind, TASK_ADDED)

    # Idempotency-Keys

    def _key_of(self, video: Item) -> Item | None:
        key = self.restored.read(video.get("intent") or "none")
        return None if key is None or self._has_expired(key) else key

    def _other_video_of(self, key: Mapping[str, Any]) -> str | None:
        live = self.live.read(key["id"])
        return live["video_id"] if live and live["video_id"] != key["video_id"] and not self._has_expired(live) else None

    def _copy_key(self, key: Item) -> Iterator[Outcome]:
        """Copy a key whose video the live table has; any other is copied with its video or not at all."""
        video = self.live_videos.get(key["video_id"])
        if video is None or self._has_expired({"expires_at": video.expires_at}):
            return
        if other := self._other_video_of(key):
            yield self._distrust_second_order(other, video.id)
        elif self.live.read(key["id"]) is None:
            expiry = {"expires_at": video.expires_at} if video.is_over else {}
            yield Outcome(_KEY, self._put(key | expiry))

    def _distrust_second_order(self, second: str, first: str) -> Outcome:
        """Stop the payment of a video that a client ordered again because the first one was lost."""
        video, now = self.live_videos.get(second), self.clock()
        if video is None or (video.is_over and not video.upstream_id):
            return Outcome(_KEY, TAKEN)
        error = {"code": "restored", "message": f"An earlier video of the same Idempotency-Key was restored: {first}."}
        stopped = video.status is Status.UNCONFIRMED and not video.upstream_id
        if video.status is Status.QUEUED and not video.upstream_id:
            stopped = self.dry_run or self.live_videos.mark_unconfirmed(video, now, error).won
        then = "it is unconfirmed instead of queued" if stopped else "both may have been paid"
        return Outcome(_KEY, TAKEN, f"{second} was ordered with the Idempotency-Key of {first}; {then}")

    # Claims to a task

    def _task_is_free(self, item: Item) -> bool:
        part = self.live_videos.task_part(Video.from_item(item), item["upstream_id"])
        live = self.live.read(part["Put"]["Item"]["id"]["S"])
        return live is None or live["video_id"] == item["id"]

    def _copy_task(self, task: Item) -> Outcome:
        if self._has_expired(task):
            return Outcome(_TASK, EXPIRED)
        live = self.live.read(task["id"])
        if live:
            return Outcome(_TASK, EXISTS if live["video_id"] == task["video_id"] else TAKEN)
        return Outcome(_TASK, self._put(task))

    # All

    def _put(self, item: Item) -> str:
        if self.dry_run:
            return COPIED if self.live.read(item["id"]) is None else EXISTS
        try:
            self.live.put(item, _ABSENT, {})
        except ConditionFailed:
            return EXISTS
        return COPIED

    def _has_expired(self, item: Mapping[str, Any]) -> bool:
        """Return whether TTL has removed the item from the live table, or soon does."""
        expires_at = item.get("expires_at")
        return expires_at is not None and expires_at <= self.clock().timestamp()


def _result(video: Video) -> str:
    """Return the outcome of a copied video; before it is marked, what marking will make of it."""
    if video.is_over:
        return COPIED
    return AS_RUNNING if video.upstream_id else AS_UNCONFIRMED
