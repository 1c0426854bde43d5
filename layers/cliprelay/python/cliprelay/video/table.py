"""The table of videos: every move is one conditional write; evidence of a payment is never a move."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.aws.shards import shard_of, shards
from cliprelay.aws.table import ConditionFailed, Contended, Table
from cliprelay.errors import StoreUncertain
from cliprelay.media.facts import Facts, Poster
from cliprelay.video.erasure import erasure_of, next_pass
from cliprelay.video.idempotency import Intent, IntentTaken
from cliprelay.video.kept_copies import KeptCopy
from cliprelay.video.links import renewed
from cliprelay.video.listing import ALL, LISTED_BY, Listing, Window, listing_now, place
from cliprelay.video.poster import no_poster
from cliprelay.video.record import DEFAULTS, ImageSource, Video, iso
from cliprelay.video.repeats import RepeatFound
from cliprelay.video.shown import shown
from cliprelay.video.states import ANNOUNCED, TERMINAL, Status, may_move

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from cliprelay.video.spend import SpendTable  # with the catalog of models, which some steps never need

# The queues of the sparse index: videos with a lease that steps extend; those of them whose copy was refused so often that an
# alarm rings, and those whose steps have failed for so long that one does; and payments with an unknown outcome.
DUE, REFUSED, STUCK, UNCONFIRMED = "due", "refused", "stuck", "unconfirmed"
# Every video is in the first queue, and one of a minute writes four units into it, so it has many keys, `due#0` to `due#7`: they carry
# 2,000 videos a second. Each key is one more query a minute. The others are rare. Earlier versions write, and know, only `due`.
DUE_KEYS = 8
QUEUES = (DUE, REFUSED, UNCONFIRMED, STUCK)

# A link may expire or break once or twice; with the waits between them, three failures take more than half a minute.
REFUSED_OFTEN = 3

# A finished video can be fetched for a day. An outage of AWS is mostly over within the hour, and needs nobody.
STUCK_AFTER = timedelta(hours=1)

# A step extends the lease by its own wait plus this margin, so the sweep sees only videos without a running step.
KEEPER_MARGIN = timedelta(minutes=10)

# A move keeps a lease that ends within these times after the step's own need: each change of it costs two writes in the index.
_SOONEST, _LATEST = KEEPER_MARGIN / 2, 2 * KEEPER_MARGIN

# A paid video is never submitted again, and no move ignores evidence stored after its step read the record.
_UNBOUGHT = frozenset({Status.QUEUED, Status.SUBMITTING})
_BOUGHT_OR_NOT = frozenset({Status.RUNNING, Status.UNCONFIRMED})

# The claim to a task outlives its video: a video may end some days after its deadline, and is kept from then on.
_OWNED_LONGER = timedelta(days=30)

# When the sweep examines a video whose client set a time, after that time: within five minutes, also if its execution has stopped.
_JUDGED_AFTER = timedelta(minutes=3)

# A record never changes its task: it has none yet, or the same one.
_OWN_TASK = "(attribute_not_exists(upstream_id) OR upstream_id = :set_upstream_id)"


class NotPermitted(Exception):
    """A condition of a move's transaction failed (say, the operator has just paused); nothing was written."""


class BudgetChanged(Exception):
    """A budget is not as it was when it was read: the amount no longer fits, or must be reserved otherwise; nothing was written."""


class TaskOfAnother(Exception):
    """The upstream returned a task that belongs to another video; nothing was written."""


class Written(NamedTuple):
    """Result of a conditional write: the present record, and whether this write succeeded."""

    video: Video
    won: bool


def record(video: Video) -> dict[str, Any]:
    """Return the item of a video with its place in the lists, without what `from_item` fills in: each write costs less."""
    values = {name: getattr(video, name) for name in DEFAULTS}
    filled = {name: _as_item(value) for name, value in values.items() if value is not None and value != DEFAULTS[name]}
    for name in ("image", "last_image"):
        if name in filled:
            filled[name] = {key: value for key, value in filled[name].items() if value is not None}
    return {**filled, "status": video.status.value, **place(video)}


def _as_item(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_item(each) for each in value]
    return asdict(value) if isinstance(value, ImageSource | KeptCopy | Facts | Poster) else value


def due_key(video_id: str) -> str:
    """Return the index key of a video with a lease."""
    return shard_of(DUE, video_id, DUE_KEYS)


def keys_of(queue: str) -> list[str]:
    """Return all index keys of a queue, also that of earlier versions."""
    return [queue, *shards(DUE, DUE_KEYS)] if queue == DUE else [queue]


class VideoTable:
    """Read video records and write them conditionally.

    `event_ids` creates an id for each event; `spend` returns the table of what videos cost, which only a beginning and an end need.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        retention: timedelta,
        event_ids: Callable[[datetime], str],
        spend: Callable[[], "SpendTable"],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._table, self._retention, self._event_ids = Table(client, table, sleep=sleep), retention, event_ids
        self._spend = spend
        self._listing = Listing(self._table)

    # Accepting

    def accept(
        self,
        video: Video,
        intent: Intent | None,
        now: datetime,
        reservation: Sequence[dict[str, Any]] = (),
        *,
        repeat: dict[str, Any] | None = None,
        attempt: int = 0,
    ) -> None:
        """Record a new video with its intent or its place among equal orders, count it, and reserve its price, in one transaction.

        `reservation` are the parts for the budgets, the last ones, so that a taken intent is found first; another `attempt` has other ones.
        Raises IntentTaken, RepeatFound, BudgetChanged, Contended (nothing was written) or StoreUncertain.
        """
        puts = [self._table.put_part(record(video), "attribute_not_exists(id)")]
        if intent:
            # An expired item may still exist until TTL removes it.
            free = "attribute_not_exists(id) OR expires_at < :now"
            item = {name: value for name, value in asdict(intent).items() if value is not None}
            puts.append(self._table.put_part(item, free, {":now": int(now.timestamp())}))
        repeats = [] if repeat is None else [repeat]
        parts = [*puts, *repeats, self._spend().accepted_part(video), *reservation]
        try:
            self._table.transact(*parts, token=f"{video.id[-30:]}-{attempt}")
        except ConditionFailed as refusal:
            if refusal.part < len(puts):
                raise IntentTaken from None
            raise (RepeatFound if refusal.part < len(puts) + len(repeats) else BudgetChanged) from None
        except Contended:
            raise
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

    def get_with(self, video_id: str, other: str) -> tuple[Video | None, dict[str, Any] | None]:
        """Read a record and another item of the table in one call, strongly consistent; None for what is missing."""
        items = self._table.read_many(video_id, other)
        item = items.get(video_id)
        return Video.from_item(item) if item and "tenant" in item else None, items.get(other)

    def get_many(self, ids: Sequence[str]) -> list[Video]:
        """Read up to 100 records in one call, strongly consistent, without those that do not exist."""
        found = self._table.read_many(*ids)
        return [Video.from_item(found[each]) for each in ids if "tenant" in found.get(each, ())]

    def page(
        self, tenant: str, *, after: str | None, newest_first: bool, limit: int, status: Status | None = None, within: Window = ALL
    ) -> tuple[list[Video], str | None]:
        """Examine the next videos of a tenant by age; return at most `limit` in `status`, and the id to continue after."""
        return self._listing.page(tenant, after=after, newest_first=newest_first, limit=limit, status=status, within=within)

    def unlisted(self, after: str | None, limit: int) -> tuple[list[Video], str | None]:
        """Read the next `limit` items; return the videos not listed by their state, and the id to continue after."""
        items, last = self._table.scan_page(after, limit)
        found = ((item.get("listing"), Video.from_item(item)) for item in items if "tenant" in item)
        return [video for listing, video in found if listing != listing_now(video)], last

    def list_anew(self, video: Video) -> bool:
        """List a video by its state and change nothing else; False if it has changed since it was read, which lists it."""
        return self._update(video, {"status": video.status}, "#status = :was", {":was": video.status}).won

    def every(self) -> Iterator[Video]:
        """Scan the whole table: every video of every tenant, unordered."""
        return (Video.from_item(item) for item in self._table.scan() if "tenant" in item)

    def due(self, queue: str, now: datetime) -> Iterator[str]:
        """Return the ids of the videos due in a queue; the index is eventually consistent, so read each record again."""
        return chain.from_iterable(self.due_in(key, now) for key in keys_of(queue))

    def due_in(self, key: str, now: datetime) -> Iterator[str]:
        """Return the ids of the videos due in one key of a queue."""
        for page in self._table.pages("by_due", "due = :queue AND due_at <= :now", {":queue": key, ":now": int(now.timestamp())}):
            yield from (item["id"] for item in page["Items"])

    def count_queued(self, tenant: str, most: int) -> int:
        """Count the queued videos of a tenant, up to `most`; the index is eventually consistent."""
        return self._listing.count_queued(tenant, most)

    def count_unconfirmed(self) -> int:
        """Count the unconfirmed videos."""
        return self._count_in(UNCONFIRMED)

    def count_refused(self) -> int:
        """Count the videos whose copy was refused so often that an alarm rings."""
        return self._count_in(REFUSED)

    def stuck(self) -> list[str]:
        """Return the ids of the videos whose steps have failed for STUCK_AFTER."""
        return [item["id"] for page in self._table.pages("by_due", "due = :queue", {":queue": STUCK}) for item in page["Items"]]

    def count_overlooked(self, now: datetime) -> int:
        """Count the videos that no sweep has examined for STUCK_AFTER, although they were due."""
        latest = int((now - STUCK_AFTER).timestamp())
        keys = [key for queue in QUEUES for key in keys_of(queue)]
        return sum(self._count_in(key, " AND due_at <= :latest", {":latest": latest}) for key in keys)

    def _count_in(self, key: str, condition: str = "", values: Mapping[str, Any] | None = None) -> int:
        pages = self._table.pages("by_due", f"due = :queue{condition}", {":queue": key, **(values or {})}, Select="COUNT")
        return sum(page["Count"] for page in pages)

    # Paying

    def claim(self, video: Video, token: str, now: datetime, deadline: int, grace: timedelta, permit: dict[str, Any]) -> Written:
        """Move from queued to submitting for the holder of `token`, in one transaction with `permit`; lost if another claimed first.

        Raises NotPermitted if the permit no longer holds. An SDK retry that finds its own token has won: only the response to the
        first write was lost.
        """
        epoch = int(now.timestamp())
        claim = {"claim": token, "claimed_at": epoch, "submitted_at": epoch, "deadline": deadline, "waiting_for": None}
        claim["failing_since"] = video.failing_since  # until an answer shows whether this attempt got further
        found = self.move(video, Status.SUBMITTING, now, keep_for=grace, permit=permit, **claim)
        is_held = found.video.claim == token and found.video.status is Status.SUBMITTING
        return Written(found.video, found.won or is_held)

    def run_paid(self, video: Video, upstream_id: str, now: datetime, *, keep_for: timedelta, **changes: Any) -> Written:
        """Store the task id and move to running, in one transaction; lost, with nothing stored, if the record has changed.

        Then `record_evidence` stores the task id alone. A retry that finds its own task has won: only a response was lost.
        Raises TaskOfAnother if the task belongs to another video.
        """
        sets = self._sets_of(video, Status.RUNNING, now, keep_for, {"upstream_id": upstream_id, **changes})
        try:
            self._table.insist(self._update_of(video, sets), self.task_part(video, upstream_id))
        except ConditionFailed as refusal:
            if refusal.part == 1:
                raise TaskOfAnother from None
            found = _lost(video, refusal).video
            own = (Status.RUNNING, video.claim, upstream_id)
            return Written(found, won=(found.status, found.claim, found.upstream_id) == own)
        return Written(_after(video, sets), won=True)

    def record_evidence(self, video: Video, upstream_id: str, now: datetime) -> bool:
        """Store the task id whatever the state of the video; False if the record has another claim or another task.

        If the step dies before the next move, the sweep finds the video, even one already announced as unconfirmed.
        Raises TaskOfAnother if the task belongs to another video; then nothing is stored.
        """
        sets = {"upstream_id": upstream_id, "due_at": int((now + KEEPER_MARGIN).timestamp())}
        condition = f"claim = :token AND attribute_not_exists(ended_at) AND {_OWN_TASK}"
        evidence = self._part(video, sets, condition, {":token": video.claim})
        try:
            # Submit reserves the time for these retries.
            self._table.insist(evidence, self.task_part(video, upstream_id))
        except ConditionFailed as refusal:
            if refusal.part == 1:
                raise TaskOfAnother from None
            found = Video.from_item(refusal.item) if refusal.item else None
            return found is not None and found.is_over and self._record_late_evidence(found, video.claim, sets, now)
        return True

    def _record_late_evidence(self, ended: Video, claim: str | None, sets: dict[str, Any], now: datetime) -> bool:
        """Store the task id of a video that has ended; what was released is in doubt again, in the same transaction."""
        condition = f"claim = :token AND #status = :was AND event_id = :event AND {_OWN_TASK}"
        values = {":token": claim, ":was": ended.status, ":event": ended.event_id}
        update = self._part(ended, sets, condition, values)
        task = self.task_part(ended, sets["upstream_id"])
        try:
            return self._with_account(ended, update, task, sets, now, write=self._table.insist).won
        except ConditionFailed:
            raise TaskOfAnother from None

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
        if not may_move(video.status, target) or (video.cancel_requested_at and target in _UNBOUGHT):
            raise ValueError(f"{video.status} may not become {target}")
        sets = self._sets_of(video, target, now, keep_for, changes)
        update = self._update_of(video, sets)
        if target in TERMINAL:
            return self._end(video, update, sets, now)
        if permit is None:
            return self._write(video, update)
        try:
            return self._transact(video, sets, update, permit)
        except ConditionFailed:
            raise NotPermitted from None

    def mark_unconfirmed(self, video: Video, now: datetime, error: dict[str, str]) -> Written:
        """Move any open state to unconfirmed, outside the table of moves; only for records restored from a backup.

        The money of such a video may have been settled after the backup, so nothing that it does later counts again.
        """
        sets = {**self._consequences(video, Status.UNCONFIRMED, now), **_new_lease(UNCONFIRMED, now, timedelta(0)), "error": error}
        sets["is_recovered"] = True
        return self._update(video, sets, "#status = :was", {":was": video.status})

    def deliver_failed(self, video: Video, now: datetime, **changes: Any) -> Written:
        """Move a failed video to succeeded, outside the table of moves; only for the operator, and a file that was kept aside.

        It has a new event, which the next sweep has announced.
        """
        sets = {
            **self._consequences(video, Status.SUCCEEDED, now),
            **_new_lease(due_key(video.id), now, -KEEPER_MARGIN),
            "error": None,
            **changes,
        }
        values = {":was": Status.FAILED, ":event": video.event_id}
        condition = "#status = :was AND event_id = :event AND attribute_not_exists(deleted_at)"
        update = self._part(video, sets, condition, values)
        return self._end(video, update, sets, now)

    def resolve_charge(self, video: Video, charge: str, now: datetime) -> Written:
        """Record what the operator found out about an ended video that may have been charged: `charged` or `not_charged`.

        The amount leaves doubt in the same transaction; lost if the record has changed since it was read.
        """
        sets = {"resolved_charge": charge, "updated_at": iso(now)}
        condition = "#status = :was AND event_id = :event AND attribute_not_exists(resolved_charge)"
        update = self._part(video, sets, condition, {":was": video.status, ":event": video.event_id})
        return self._with_account(video, update, None, sets, now)

    def _end(self, video: Video, update: dict[str, Any], sets: dict[str, Any], now: datetime) -> Written:
        """End a video, set the same expiry on its idempotency key, and settle its money, in one transaction."""
        expiry = {"expires_at": sets["expires_at"]}
        intent = self._table.update_part(video.intent, expiry, "attribute_exists(id)", {}) if video.intent else None
        try:
            return self._with_account(video, update, intent, sets, now)
        except ConditionFailed:
            return self._with_account(video, update, None, sets, now)  # the intent is gone: nothing else to expire

    def _with_account(
        self,
        video: Video,
        update: dict[str, Any],
        other: dict[str, Any] | None,
        sets: dict[str, Any],
        now: datetime,
        write: Callable[..., None] | None = None,
    ) -> Written:
        """Write an update together with all that it changes in usage and budgets; lost if the record has changed since it was read.

        Raises ConditionFailed if the `other` part fails.
        """
        account = self._spend().account(video, _after(video, sets), now)
        while True:
            first = [part for part in (update, other, account.counter) if part]
            parts = [*first, *filter(None, map(self._spend().posting_part, account.postings))]
            if len(parts) == 1:
                return self._write(video, update)
            try:
                (write or self._table.transact)(*parts)
                return Written(_after(video, sets), won=True)
            except ConditionFailed as refusal:
                if refusal.part == 0:
                    return _lost(video, refusal)
                if refusal.part < len(first):
                    raise
                account = account.corrected(refusal.part - len(first), refusal.item)

    def _update_of(self, video: Video, sets: dict[str, Any]) -> dict[str, Any]:
        # The claim in the condition fences off a slow holder of an older claim.
        held = {":was": video.status, **({":claim": video.claim} if video.claim else {})}
        condition = "#status = :was AND " + ("claim = :claim" if video.claim else "attribute_not_exists(claim)")
        if "upstream_id" in sets:
            condition += f" AND {_OWN_TASK}"
        elif sets["status"] in _UNBOUGHT or not (video.upstream_id or sets["status"] in _BOUGHT_OR_NOT):
            condition += " AND attribute_not_exists(upstream_id)"
        return self._part(video, sets, condition, held)

    def _sets_of(self, video: Video, target: Status, now: datetime, keep_for: timedelta, changes: dict[str, Any]) -> dict[str, Any]:
        """Return all that a move writes; it leaves a lease that serves as it is."""
        sets = {**self._consequences(video, target, now), **changes}
        due = _queue(replace(video, status=target, failing_since=sets["failing_since"]), now)
        if _serves(video, due, now, keep_for) and (target is not Status.QUEUED or video.expires_in is None):
            return sets
        lease = _new_lease(due, now, keep_for)
        return {**sets, **lease, "due_at": _judged_in_time(video, target, lease["due_at"], now)}

    def _consequences(self, video: Video, target: Status, now: datetime) -> dict[str, Any]:
        """Return what every move to `target` writes in addition to its lease and the changes of the step."""
        sets: dict[str, Any] = {"status": target, "updated_at": iso(now), "failing_since": None, "copying_since": None, "queued_by": None}
        if target in ANNOUNCED:
            sets |= {"event_id": self._event_ids(now), "event_at": iso(now)}
        if target in TERMINAL:
            sets |= {"ended_at": iso(now), "expires_at": int((now + self._retention).timestamp())}
            sets |= {"upstream_url": None, "more_urls": None, "link_at": None}
        return sets

    # Canceling

    def end_canceled(self, video: Video, now: datetime, *, keep_for: timedelta, **changes: Any) -> Written:
        """End a queued video that its owner has canceled, and begin its next run; lost if Submit has claimed it, or it has moved."""
        moment: dict[str, Any] = {"cancel_requested_at": iso(now), "run": video.run + 1}
        return self.move(video, Status.CANCELED, now, keep_for=keep_for, **moment, **changes)

    def request_cancel(self, video: Video, now: datetime, *, discard: bool, discard_after: int | None) -> Written:
        """Note that the owner no longer wants a video, which is no move; lost if the record has moved since it was read."""
        sets: dict[str, Any] = {"cancel_requested_at": video.cancel_requested_at or iso(now), "updated_at": iso(now)}
        sets |= {"discard": True, "discard_after": discard_after} if discard else {}
        return self._update(video, sets, "#status = :was", {":was": video.status})

    # Holding

    def extend_lease(self, video: Video, now: datetime, wait: float, **changes: Any) -> Written:
        """Extend the lease by `wait` seconds and store `changes`; lost if the state or the run has changed.

        The step got on, so the video is no longer failing; a step that did not passes `failing_since`.
        """
        due_at = int((now + timedelta(seconds=wait) + KEEPER_MARGIN).timestamp())
        sets = {"failing_since": None, **changes, "due_at": _judged_in_time(video, video.status, due_at, now)}
        sets["due"] = _queue(replace(video, copies=sets.get("copies", video.copies), failing_since=sets["failing_since"]), now)
        return self.note(video, **sets)

    def note(self, video: Video, **changes: Any) -> Written:
        """Store changes that are no move; the lease stays unless they set it. Lost if the state or the run has changed."""
        return self._update(video, changes, "#status = :was AND run = :run", {":was": video.status, ":run": video.run})

    def note_failing(self, video: Video, now: datetime) -> Written:
        """Note that the steps of a running execution have failed to extend the lease, and defer the sweep's next look.

        Sooner than usual if the video counts as stuck before that.
        """
        since = _failing_since(video, now)
        stuck_in = since + STUCK_AFTER.total_seconds() - now.timestamp()
        wait = min(0.0, stuck_in - KEEPER_MARGIN.total_seconds()) if stuck_in > 0 else 0.0
        return self.extend_lease(video, now, wait, failing_since=since)

    def mark_notified(self, video: Video) -> Written:
        """Mark the present event as published; the sweep then ignores the video, or waits for its deadline, or for its objects."""
        rest: dict[str, Any] = {"due": None, "due_at": None} if video.is_over else {"due": UNCONFIRMED, "due_at": video.deadline}
        rest["failing_since"] = None
        condition, values = "event_id = :event AND #status = :was", {":event": video.event_id, ":was": video.status}
        if not video.is_over:
            condition += " AND attribute_not_exists(upstream_id)"  # late evidence has made the video due already
            return self._update(video, {"told": video.event_id, **rest}, condition, values)
        if video.erase_at is not None:
            rest |= {"due": due_key(video.id), "due_at": video.erase_at}
        unchanged, erasing = _unchanged("erase_at", video.erase_at)
        marked = self._update(video, {"told": video.event_id, **rest}, f"{condition} AND {unchanged}", {**values, **erasing})
        found = marked.video
        if not marked.won and found.erase_at != video.erase_at and (found.event_id, found.status) == (video.event_id, video.status):
            return self.mark_notified(found)  # it has been deleted meanwhile, or its objects have
        return marked

    def note_look(self, video: Video, facts: Facts, poster: Poster | None) -> Written:
        """Store what a file shows, before its event is sent; lost if Notify has not waited."""
        sets: dict[str, Any] = {"facts": asdict(facts)} | ({"poster": asdict(poster), "poster_due": None} if poster else {})
        condition = "#status = :was AND event_id = :event AND (attribute_not_exists(told) OR told <> :event)"
        condition += " AND attribute_not_exists(deleted_at)"
        condition += " AND attribute_exists(poster_due)" if video.poster_due else ""
        return self._update(video, sets, condition, {":was": video.status, ":event": video.event_id})

    def give_up_poster(self, video: Video) -> Written:
        """Add the warning that there is no poster; lost if there is one by now, or the warning."""
        sets = {"warnings": [*video.warnings, no_poster()], "poster_due": None}
        return self._update(video, sets, "#status = :was AND attribute_exists(poster_due)", {":was": video.status})

    def renew_link(self, video: Video, bits: str) -> Written:
        """Replace the link of a video and revoke the previous one; lost if another request was first."""
        changed = renewed(video, bits)
        unchanged, was = _unchanged("link", video.link)
        sets = {"link": changed.link, "revoked_links": changed.revoked_links}
        return self._update(video, sets, f"attribute_exists(object_key) AND {unchanged}", was)

    def begin_run(self, video: Video, now: datetime) -> Written:
        """Increment the run, so that steps of the previous run exit at once; lost if another sweep was first."""
        since = _failing_since(video, now)
        sets: dict[str, Any] = {"run": video.run + 1, "failing_since": since, "due_at": int((now + KEEPER_MARGIN).timestamp())}
        sets["due"] = _queue(replace(video, failing_since=since), now)
        return self._update(video, sets, "run = :was", {":was": video.run})

    # Deleting

    def delete(self, video_id: str, now: datetime, keeps_address: Callable[[Video], bool]) -> Written | None:
        """Delete what the record of an ended video says of it, but for its id, times and money; None if there is no record.

        Lost if it has not ended, is deleted already, or has just changed. A lease of an event that is still to be published stays.
        """
        item = self._table.read(video_id)
        if item is None or "tenant" not in item:
            return None
        video = Video.from_item(item)
        if not video.is_over or video.deleted_at:
            return Written(video, won=False)
        sets = erasure_of(item, now, keeps_address=keeps_address(video))
        unchanged, link = _unchanged("link", video.link)
        same_event, event = _unchanged("event_id", video.event_id)
        condition = f"#status = :was AND attribute_not_exists(deleted_at) AND {same_event} AND {unchanged}"
        if video.must_be_announced and video.due is not None:
            condition += " AND attribute_exists(due)"  # Notify removes the lease, and knows of no erasure yet
        else:
            sets |= {"due": due_key(video_id), "due_at": sets["erase_at"]}
        return self._update(video, sets, condition, {":was": video.status, **event, **link})

    def defer_erasure(self, video: Video) -> Written:
        """Let the sweep look at a deleted video when its objects are deleted again."""
        return self._erasing(video, {"due": due_key(video.id), "due_at": video.erase_at})

    def note_erased(self, video: Video, now: datetime, *, keeps_address: bool) -> Written:
        """Note that the objects of a deleted video are gone, and when the sweep deletes them again, if it does."""
        again = next_pass(video, now, keeps_address=keeps_address)
        sets: dict[str, Any] = {"erase_at": again}
        sets |= {"erase_inputs": None} if again is None else {}
        sets |= {} if keeps_address else {"webhook_url": None, "webhook_events": None}
        if not video.must_be_announced:
            sets |= {"due": None if again is None else due_key(video.id), "due_at": again, "failing_since": None}
        return self._erasing(video, sets)

    def _erasing(self, video: Video, sets: dict[str, Any]) -> Written:
        return self._update(video, sets, *_unchanged("erase_at", video.erase_at))

    # Writing

    def _update(self, video: Video, sets: dict[str, Any], condition: str, values: dict[str, Any]) -> Written:
        return self._write(video, self._part(video, sets, condition, values))

    def _part(self, video: Video, sets: dict[str, Any], condition: str, values: dict[str, Any]) -> dict[str, Any]:
        """Return an update of a record; one that changes what a list depends on also lists the video, and `condition` names its state."""
        if LISTED_BY.isdisjoint(sets):
            return self._table.update_part(video.id, sets, condition, values)
        after = replace(video, **{name: sets[name] for name in LISTED_BY & sets.keys()})
        unchanged, was = _listed_alike(video, after, sets)
        return self._table.update_part(video.id, {**sets, "listing": listing_now(after)}, condition + unchanged, {**values, **was})

    def _write(self, video: Video, update: dict[str, Any]) -> Written:
        try:
            return Written(Video.from_item(self._table.write(update)), won=True)
        except ConditionFailed as refusal:
            return _lost(video, refusal)

    def _transact(self, video: Video, sets: dict[str, Any], update: dict[str, Any], other: dict[str, Any]) -> Written:
        """Write both parts, of which `update` writes `sets`; raises ConditionFailed if `other` fails."""
        try:
            self._table.transact(update, other)
        except ConditionFailed as refusal:
            if refusal.part == 1:
                raise
            return _lost(video, refusal)
        return Written(_after(video, sets), won=True)


def _unchanged(name: str, value: Any) -> tuple[str, dict[str, Any]]:
    """Return the condition that an attribute is as it was read, and its value."""
    return (f"attribute_not_exists({name})", {}) if value is None else (f"{name} = :{name}", {f":{name}": value})


def _after(video: Video, sets: dict[str, Any]) -> Video:
    """Return the record after a transaction, which shows none: what was read, and what was written over it.

    State, claim and task are right, because the condition held. Others may have changed since what a move does not depend on: the run,
    the lease, and the notes of a poll or a copy. Every step reads the record itself, and a run that is over ends there.
    """
    item = {**record(video), **sets}
    return Video.from_item({name: value for name, value in item.items() if value is not None})


def _serves(video: Video, due: str, now: datetime, keep_for: timedelta) -> bool:
    """Return whether the stored lease lasts long enough for a step that needs `keep_for`, and not much longer.

    Less than none means that the next sweep must find the video. Notify may be changing the lease of an announced state.
    """
    if keep_for < timedelta(0) or video.due != due or video.due_at is None or video.status in ANNOUNCED:
        return False
    return (now + keep_for + _SOONEST).timestamp() <= video.due_at <= (now + keep_for + _LATEST).timestamp()


def _not_canceled_since(video: Video) -> str:
    """Return the condition that the owner has not canceled the video since it was read, nor asked to throw its file away."""
    if video.cancel_requested_at is None:
        return " AND attribute_not_exists(cancel_requested_at)"
    return "" if video.discard else " AND attribute_not_exists(discard)"


def _listed_alike(video: Video, after: Video, sets: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the condition that all else that the place in the lists depends on is as it was read, except the state, and its values."""
    if after.deleted_at:
        return "", {}
    condition = _not_canceled_since(video) + (" AND attribute_not_exists(deleted_at)" if video.is_over else "")
    if shown(after) is not Status.QUEUED or "waiting_for" in sets:
        return condition, {}
    unchanged, was = _unchanged("waiting_for", video.waiting_for)
    return f"{condition} AND {unchanged}", was


def _judged_in_time(video: Video, status: Status, due_at: int, now: datetime) -> int:
    """Return when the sweep examines a video: soon after the time that its client set, if it is queued then."""
    if status is not Status.QUEUED or video.expires_in is None or now.timestamp() > video.submit_by:
        return due_at
    return min(due_at, video.submit_by + int(_JUDGED_AFTER.total_seconds()))


def _new_lease(due: str, now: datetime, keep_for: timedelta) -> dict[str, Any]:
    return {"due": due, "due_at": int((now + keep_for + KEEPER_MARGIN).timestamp())}


def _lost(video: Video, refusal: ConditionFailed) -> Written:
    """Return the record that won the race; a deleted record as it was last read."""
    return Written(Video.from_item(refusal.item) if refusal.item else video, won=False)


def _queue(video: Video, now: datetime) -> str:
    """Return the index key of a video; an unconfirmed one counts at once, announced or not."""
    if video.status is Status.UNCONFIRMED:
        return UNCONFIRMED
    if video.failing_since is not None and now.timestamp() - video.failing_since >= STUCK_AFTER.total_seconds():
        return STUCK
    return REFUSED if video.status is Status.ARCHIVING and video.copies >= REFUSED_OFTEN else due_key(video.id)


def _failing_since(video: Video, now: datetime) -> int:
    """Return since when the steps of an overdue video fail: at the latest since its lease ran out, without the margin.

    That is all that a record of an earlier version tells.
    """
    epoch, created = int(now.timestamp()), int(datetime.fromisoformat(video.created_at).timestamp())
    ran_out = epoch if video.due_at is None else max(created, video.due_at - int(KEEPER_MARGIN.total_seconds()))
    return video.failing_since or min(video.copying_since or epoch, ran_out, epoch)
