"""The table of videos: every move is one conditional write; evidence of a payment is never a move."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.aws.table import ConditionFailed, Table
from cliprelay.errors import StoreUncertain
from cliprelay.video.idempotency import Intent, IntentTaken
from cliprelay.video.links import renewed
from cliprelay.video.record import Video, iso
from cliprelay.video.states import ANNOUNCED, TERMINAL, Status, may_move

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The queues of the sparse index: videos with a lease that steps extend, those of them whose copy was refused so often that an
# alarm rings, and payments with an unknown outcome.
DUE, REFUSED, UNCONFIRMED = "due", "refused", "unconfirmed"

# A link may expire or break once or twice; with the waits between them, three failures take more than half a minute.
REFUSED_OFTEN = 3

# A step extends the lease by its own wait plus this margin, so the sweep sees only videos without a running step.
KEEPER_MARGIN = timedelta(minutes=10)

# A paid video is never submitted again, and no move ignores evidence stored after its step read the record.
_UNBOUGHT = frozenset({Status.QUEUED, Status.SUBMITTING})
_BOUGHT_OR_NOT = frozenset({Status.RUNNING, Status.UNCONFIRMED})

# The claim to a task outlives its video: a video may end some days after its deadline, and is kept from then on.
_OWNED_LONGER = timedelta(days=30)

# A record never changes its task: it has none yet, or the same one.
_OWN_TASK = "(attribute_not_exists(upstream_id) OR upstream_id = :set_upstream_id)"


class NotPermitted(Exception):
    """A condition of a move's transaction failed (say, the operator has just paused); nothing was written."""


class TaskOfAnother(Exception):
    """The upstream returned a task that belongs to another video; nothing was written."""


class Written(NamedTuple):
    """Result of a conditional write: the present record, and whether this write succeeded."""

    video: Video
    won: bool


def record(video: Video) -> dict[str, Any]:
    """Return the item of a video, without empty attributes, so that the sparse index stays sparse."""
    filled = {name: value for name, value in asdict(video).items() if value is not None}
    for name in ("image", "last_image"):
        if name in filled:
            filled[name] = {key: value for key, value in filled[name].items() if value is not None}
    return {**filled, "status": video.status.value}


class VideoTable:
    """Read video records and write them conditionally; `event_ids` creates an id for each event."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        retention: timedelta,
        event_ids: Callable[[datetime], str],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._table, self._retention, self._event_ids = Table(client, table, sleep=sleep), retention, event_ids

    # Accepting

    def accept(self, video: Video, intent: Intent | None, now: datetime) -> None:
        """Record a new video and its intent in one transaction; raises IntentTaken or StoreUncertain."""
        puts = [self._table.put_part(record(video), "attribute_not_exists(id)")]
        if intent:
            # An expired item may still exist until TTL removes it.
            free = "attribute_not_exists(id) OR expires_at < :now"
            item = {name: value for name, value in asdict(intent).items() if value is not None}
            puts.append(self._table.put_part(item, free, {":now": int(now.timestamp())}))
        try:
            self._table.transact(*puts, token=video.id[-36:])
        except ConditionFailed:
            raise IntentTaken from None
        except (ClientError, BotoCoreError):
            raise StoreUncertain("accept") from None

    def intent(self, intent_id: str, now: datetime) -> Intent | None:
        """Return the intent with this id unless it has expired."""
        item = self._table.read(intent_id)
        if item is None or item.get("expires_at", now.timestamp()) < now.timestamp():
            return None
        return Intent(intent_id, item["video_id"], item["body_sha256"], item.get("order_sha256"))

    # Reading

    def get(self, video_id: str) -> Video | None:
        """Read a record, strongly consistent."""
        item = self._table.read(video_id)
        return Video.from_item(item) if item and "tenant" in item else None

    def page(
        self, tenant: str, *, after: str | None, newest_first: bool, limit: int, status: Status | None = None
    ) -> tuple[list[Video], str | None]:
        """Examine the next `limit` videos of a tenant by age; return those in `status` and the id to continue after."""
        condition, values = "tenant = :tenant", {":tenant": tenant}
        if after:
            condition += " AND id < :after" if newest_first else " AND id > :after"
            values[":after"] = after
        only = {"FilterExpression": "#status = :status", "ExpressionAttributeNames": {"#status": "status"}} if status else {}
        if status:
            values[":status"] = status
        answer = self._table.query("by_tenant", condition, values, ScanIndexForward=not newest_first, Limit=limit, **only)
        last = answer.get("LastEvaluatedKey")
        return [Video.from_item(item) for item in answer["Items"]], last["id"]["S"] if last else None

    def every(self) -> Iterator[Video]:
        """Scan the whole table: every video of every tenant, unordered."""
        return (Video.from_item(item) for item in self._table.scan() if "tenant" in item)

    def due(self, queue: str, now: datetime) -> Iterator[str]:
        """Return the ids of the videos due in a queue; the index is eventually consistent, so read each record again."""
        for page in self._table.pages("by_due", "due = :queue AND due_at <= :now", {":queue": queue, ":now": int(now.timestamp())}):
            yield from (item["id"] for item in page["Items"])

    def count_queued(self, tenant: str, most: int) -> int:
        """Count the queued videos of a tenant, up to `most`; the index is eventually consistent."""
        answer = self._table.query("by_queue", "queued_by = :tenant", {":tenant": tenant}, Select="COUNT", Limit=most)
        count: int = answer["Count"]
        return count

    def count_unconfirmed(self) -> int:
        """Count the unconfirmed videos."""
        return self._count_in(UNCONFIRMED)

    def count_refused(self) -> int:
        """Count the videos whose copy was refused so often that an alarm rings."""
        return self._count_in(REFUSED)

    def _count_in(self, queue: str) -> int:
        return sum(page["Count"] for page in self._table.pages("by_due", "due = :queue", {":queue": queue}, Select="COUNT"))

    # Paying

    def claim(self, video: Video, token: str, now: datetime, deadline: int, grace: timedelta, permit: dict[str, Any]) -> Written:
        """Move from queued to submitting for the holder of `token`, in one transaction with `permit`; lost if another claimed first.

        Raises NotPermitted if the permit no longer holds. An SDK retry that finds its own token has won: only the response to the
        first write was lost.
        """
        epoch = int(now.timestamp())
        claim = {"claim": token, "claimed_at": epoch, "submitted_at": epoch, "deadline": deadline, "waiting_for": None}
        found = self.move(video, Status.SUBMITTING, now, keep_for=grace, permit=permit, **claim)
        is_held = found.video.claim == token and found.video.status is Status.SUBMITTING
        return Written(found.video, found.won or is_held)

    def record_evidence(self, video: Video, upstream_id: str, now: datetime) -> bool:
        """Store the task id whatever the state of the video; False if the record has another claim or another task.

        If the step dies before the next move, the sweep finds the video, even one already announced as unconfirmed.
        Raises TaskOfAnother if the task belongs to another video; then nothing is stored.
        """
        sets = {"upstream_id": upstream_id, "due_at": int((now + KEEPER_MARGIN).timestamp())}
        evidence = self._table.update_part(video.id, sets, f"claim = :token AND {_OWN_TASK}", {":token": video.claim})
        try:
            # Submit reserves the time for these retries.
            self._table.insist(evidence, self.task_part(video, upstream_id))
        except ConditionFailed as refusal:
            if refusal.part == 1:
                raise TaskOfAnother from None
            return False
        return True

    def task_part(self, video: Video, upstream_id: str) -> dict[str, Any]:
        """Return the part of a transaction that assigns a task to a video; it fails if another video has the task."""
        kept_until = video.deadline + int((self._retention + _OWNED_LONGER).total_seconds())
        key = f"task_{hashlib.sha256(upstream_id.encode()).hexdigest()}"
        item = {"id": key, "video_id": video.id, "expires_at": kept_until}
        return self._table.put_part(item, "attribute_not_exists(id) OR video_id = :video", {":video": video.id})

    # Moving

    def move(
        self,
        video: Video,
        target: Status,
        now: datetime,
        *,
        keep_for: timedelta = timedelta(0),
        permit: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Written:
        """Move from the state and claim in `video`; lost if the record has changed since it was read.

        `keep_for` is how long the step itself still needs the video before the sweep may examine it; `permit` is another part of
        the transaction, which raises NotPermitted if it fails.
        """
        if not may_move(video.status, target):
            raise ValueError(f"{video.status} may not become {target}")
        sets = {**self._consequences(video, target, now, keep_for), **changes}
        update = self._update_of(video, sets)
        if target in TERMINAL and video.intent:
            return self._end_with_intent(video, update, sets["expires_at"])
        if permit is None:
            return self._write(video, update)
        try:
            return self._transact(video, update, permit)
        except ConditionFailed:
            raise NotPermitted from None

    def mark_unconfirmed(self, video: Video, now: datetime, error: dict[str, str]) -> Written:
        """Move any open state to unconfirmed, outside the table of moves; only for records restored from a backup."""
        sets = {**self._consequences(video, Status.UNCONFIRMED, now, timedelta(0)), "error": error}
        return self._update(video, sets, "#status = :was", {":was": video.status})

    def deliver_failed(self, video: Video, now: datetime, **changes: Any) -> Written:
        """Move a failed video to succeeded, outside the table of moves; only for the operator, and a file that was kept aside.

        It has a new event, which the next sweep has announced.
        """
        sets = {**self._consequences(video, Status.SUCCEEDED, now, -KEEPER_MARGIN), "error": None, **changes}
        values = {":was": Status.FAILED, ":event": video.event_id}
        update = self._table.update_part(video.id, sets, "#status = :was AND event_id = :event", values)
        return self._end_with_intent(video, update, sets["expires_at"]) if video.intent else self._write(video, update)

    def _end_with_intent(self, video: Video, update: dict[str, Any], expires_at: int) -> Written:
        """End a video and set the same expiry on its idempotency key in one transaction."""
        intent = self._table.update_part(video.intent or "", {"expires_at": expires_at}, "attribute_exists(id)", {})
        try:
            return self._transact(video, update, intent)
        except ConditionFailed:
            return self._write(video, update)  # the intent is gone: nothing else to expire

    def _update_of(self, video: Video, sets: dict[str, Any]) -> dict[str, Any]:
        # The claim in the condition fences off a slow holder of an older claim.
        held = {":was": video.status, **({":claim": video.claim} if video.claim else {})}
        condition = "#status = :was AND " + ("claim = :claim" if video.claim else "attribute_not_exists(claim)")
        if "upstream_id" in sets:
            condition += f" AND {_OWN_TASK}"
        elif sets["status"] in _UNBOUGHT or not (video.upstream_id or sets["status"] in _BOUGHT_OR_NOT):
            condition += " AND attribute_not_exists(upstream_id)"
        return self._table.update_part(video.id, sets, condition, held)

    def _consequences(self, video: Video, target: Status, now: datetime, keep_for: timedelta) -> dict[str, Any]:
        """Return what every move to `target` writes in addition to the changes of the step."""
        due_at = int((now + keep_for + KEEPER_MARGIN).timestamp())
        sets: dict[str, Any] = {"status": target, "updated_at": iso(now), "due": _queue(target, video.copies), "due_at": due_at}
        sets["queued_by"] = video.tenant if target is Status.QUEUED else None
        if target in ANNOUNCED:
            sets |= {"event_id": self._event_ids(now), "event_at": iso(now)}
        if target in TERMINAL:
            sets |= {"ended_at": iso(now), "expires_at": int((now + self._retention).timestamp())}
            sets |= {"upstream_url": None, "more_urls": None, "link_at": None}
        return sets

    # Holding

    def extend_lease(self, video: Video, now: datetime, wait: float, **changes: Any) -> Written:
        """Extend the lease by `wait` seconds and store `changes`; lost if the state or the run has changed."""
        due_at = int((now + timedelta(seconds=wait) + KEEPER_MARGIN).timestamp())
        queue = _queue(video.status, changes.get("copies", video.copies))
        sets = {**changes, "due": queue, "due_at": due_at}
        return self._update(video, sets, "#status = :was AND run = :run", {":was": video.status, ":run": video.run})

    def mark_notified(self, video: Video) -> Written:
        """Mark the present event as published; the sweep then ignores the video, or waits for its deadline."""
        rest = {"due": None, "due_at": None} if video.is_over else {"due": UNCONFIRMED, "due_at": video.deadline}
        condition, values = "event_id = :event AND #status = :was", {":event": video.event_id, ":was": video.status}
        if not video.is_over:
            condition += " AND attribute_not_exists(upstream_id)"  # late evidence has made the video due already
        return self._update(video, {"told": video.event_id, **rest}, condition, values)

    def renew_link(self, video: Video, bits: str) -> Written:
        """Replace the link of a video and revoke the previous one; lost if another request was first."""
        changed = renewed(video, bits)
        was = {":was": video.link} if video.link else {}
        condition = "attribute_exists(object_key) AND " + ("link = :was" if video.link else "attribute_not_exists(link)")
        sets = {"link": changed.link, "revoked_links": changed.revoked_links}
        return self._update(video, sets, condition, was)

    def begin_run(self, video: Video, now: datetime) -> Written:
        """Increment the run, so that steps of the previous run exit at once; lost if another sweep was first."""
        sets = {"run": video.run + 1, "due": _queue(video.status, video.copies), "due_at": int((now + KEEPER_MARGIN).timestamp())}
        return self._update(video, sets, "run = :was", {":was": video.run})

    # Writing

    def _update(self, video: Video, sets: dict[str, Any], condition: str, values: dict[str, Any]) -> Written:
        return self._write(video, self._table.update_part(video.id, sets, condition, values))

    def _write(self, video: Video, update: dict[str, Any]) -> Written:
        try:
            return Written(Video.from_item(self._table.write(update)), won=True)
        except ConditionFailed as refusal:
            return _lost(video, refusal)

    def _transact(self, video: Video, update: dict[str, Any], other: dict[str, Any]) -> Written:
        """Write both parts, then read the record; raises ConditionFailed if `other` fails."""
        try:
            self._table.transact(update, other)
        except ConditionFailed as refusal:
            if refusal.part == 1:
                raise
            return _lost(video, refusal)
        return Written(self.get(video.id) or video, won=True)


def _lost(video: Video, refusal: ConditionFailed) -> Written:
    """Return the record that won the race; a deleted record as it was last read."""
    return Written(Video.from_item(refusal.item) if refusal.item else video, won=False)


def _queue(status: Status, copies: int) -> str:
    """Return the index queue for a state; an unconfirmed video counts at once, announced or not."""
    if status is Status.ARCHIVING and copies >= REFUSED_OFTEN:
        return REFUSED
    return UNCONFIRMED if status is Status.UNCONFIRMED else DUE
