"""The table of videos: every move is one conditional write, and evidence of a payment is never a move."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.errors import StoreUncertain
from cliprelay.items import plain, record, typed
from cliprelay.states import ANNOUNCED, TERMINAL, Status, may_move
from cliprelay.video import Video, iso

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The sparse index's two queues: work that a step keeps putting off, and payments nobody knows the outcome of.
DUE, UNCONFIRMED = "due", "unconfirmed"

# A step that lives puts its video off by what it waits for plus this; so the sweep meets only what nobody keeps.
KEEPER_MARGIN = timedelta(minutes=10)


class IntentTaken(Exception):
    """Another request with the same Idempotency-Key was recorded first."""


@dataclass(frozen=True)
class Intent:
    """(tenant, Idempotency-Key) → the video that it made, and the hash of the body as sent."""

    id: str
    video_id: str
    body_sha256: str


class VideoTable:
    """Reads and conditional writes of video records; `event_ids` makes a fresh id for each announcement."""

    def __init__(self, client: "DynamoDBClient", table: str, *, retention: timedelta, event_ids: Callable[[datetime], str]) -> None:
        self._client, self._table, self._retention, self._event_ids = client, table, retention, event_ids

    # Accepting

    def accept(self, video: Video, intent: Intent | None, now: datetime) -> None:
        """Record a new video, and its intent, in one transaction; raises IntentTaken or StoreUncertain."""
        puts = [self._put(record(video), "attribute_not_exists(id)")]
        if intent:
            # An item that TTL has not removed yet no longer counts.
            free = "attribute_not_exists(id) OR expires_at < :now"
            puts.append(self._put(asdict(intent), free, {":now": int(now.timestamp())}))
        try:
            self._client.transact_write_items(TransactItems=puts, ClientRequestToken=video.id[-36:])
        except self._client.exceptions.TransactionCanceledException as error:
            if intent and "ConditionalCheckFailed" in _reasons(error):
                raise IntentTaken from None
            raise StoreUncertain("accept") from None
        except (ClientError, BotoCoreError):
            raise StoreUncertain("accept") from None

    def intent(self, intent_id: str, now: datetime) -> Intent | None:
        """The live intent of that id."""
        item = self._read(intent_id)
        if item is None or item.get("expires_at", now.timestamp()) < now.timestamp():
            return None
        return Intent(intent_id, item["video_id"], item["body_sha256"])

    # Reading

    def get(self, video_id: str) -> Video | None:
        """The record as it is now, strongly consistent."""
        item = self._read(video_id)
        return Video.from_item(item) if item and "tenant" in item else None

    def page(self, tenant: str, *, after: str | None, newest_first: bool, limit: int) -> tuple[list[Video], bool]:
        """At most `limit` of a tenant's videos by age after the id `after`, and whether there are more."""
        condition, values = "tenant = :tenant", {":tenant": tenant}
        if after:
            condition += " AND id < :after" if newest_first else " AND id > :after"
            values[":after"] = after
        answer = self._client.query(
            TableName=self._table,
            IndexName="by_tenant",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=typed(values),
            ScanIndexForward=not newest_first,
            Limit=limit,
        )
        return [Video.from_item(plain(item)) for item in answer["Items"]], "LastEvaluatedKey" in answer

    def due(self, queue: str, now: datetime) -> Iterator[str]:
        """Ids of the videos whose time in that queue has come; the index is eventually consistent, so read them again."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_due",
            KeyConditionExpression="due = :queue AND due_at <= :now",
            ExpressionAttributeValues=typed({":queue": queue, ":now": int(now.timestamp())}),
        )
        for page in pages:
            for item in page["Items"]:
                yield item["id"]["S"]

    def count_unconfirmed(self) -> int:
        """How many videos are unconfirmed now."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_due",
            KeyConditionExpression="due = :queue",
            ExpressionAttributeValues=typed({":queue": UNCONFIRMED}),
            Select="COUNT",
        )
        return sum(page["Count"] for page in pages)

    # Paying

    def claim(self, video: Video, token: str, now: datetime, deadline: int, grace: timedelta) -> Video | None:
        """queued → submitting for one holder of `token`; None when somebody else was first.

        A retry of the SDK that meets its own claim is the holder: the answer of the first write was lost, not the race.
        """
        epoch = int(now.timestamp())
        claim = {"claim": token, "claimed_at": epoch, "submitted_at": epoch, "deadline": deadline, "waiting_for": None}
        moved = self.move(video, Status.SUBMITTING, now, keep_for=grace, **claim)
        if moved is None:
            found = self.get(video.id)
            return found if found and found.claim == token and found.status is Status.SUBMITTING else None
        return moved

    def record_evidence(self, video_id: str, token: str, upstream_id: str) -> bool:
        """Store what was bought, whatever state the video is in meanwhile; False when the claim is another's or has an id already."""
        return self._update(
            video_id,
            {"upstream_id": upstream_id},
            "claim = :token AND (attribute_not_exists(upstream_id) OR upstream_id = :upstream_id)",
            {":token": token, ":upstream_id": upstream_id},
        )

    # Moving

    def move(self, video: Video, target: Status, now: datetime, *, keep_for: timedelta = timedelta(0), **changes: Any) -> Video | None:
        """Move from the state and claim that `video` shows; None when the record has gone elsewhere meanwhile.

        `keep_for` is how long the step itself still holds the video, before the sweep may look at it.
        """
        if not may_move(video.status, target):
            raise ValueError(f"{video.status} may not become {target}")
        sets = {"status": target, "updated_at": iso(now), **self._consequences(target, now, keep_for), **changes}
        # The claim in the condition fences a slow holder of an older claim.
        held = {":was": video.status, ":claim": video.claim}
        condition = "#status = :was AND " + ("claim = :claim" if video.claim else "attribute_not_exists(claim)")
        if not video.claim:
            del held[":claim"]
        intent = video.intent if target in TERMINAL else None
        moved = self._update(video.id, sets, condition, held, intent=intent, expires_at=sets.get("expires_at"))
        return self.get(video.id) if moved else None

    def _consequences(self, target: Status, now: datetime, keep_for: timedelta) -> dict[str, Any]:
        """What every move to `target` writes beside the state itself."""
        due = {"due": _queue(target), "due_at": int((now + keep_for + KEEPER_MARGIN).timestamp())}
        if target not in ANNOUNCED:
            return due
        announced = {**due, "event_id": self._event_ids(now), "event_at": iso(now)}
        if target not in TERMINAL:
            return announced
        expires_at = int((now + self._retention).timestamp())
        return {**announced, "ended_at": iso(now), "expires_at": expires_at, "upstream_url": None}

    # Keeping

    def keep(self, video: Video, now: datetime, wait: float, **changes: Any) -> bool:
        """Note what a step learned, and that it comes back after `wait` seconds; False when the state has changed meanwhile."""
        due_at = int((now + timedelta(seconds=wait) + KEEPER_MARGIN).timestamp())
        sets = {**changes, "due": _queue(video.status), "due_at": due_at}
        return self._update(video.id, sets, "#status = :was AND run = :run", {":was": video.status, ":run": video.run})

    def told(self, video: Video) -> bool:
        """Note that the present event was published: an ended video leaves the index, an unconfirmed one waits for its deadline."""
        rest = {"due": None, "due_at": None} if video.is_over else {"due": UNCONFIRMED, "due_at": video.deadline}
        return self._update(video.id, {"told": video.event_id, **rest}, "event_id = :event", {":event": video.event_id})

    def begin_run(self, video: Video, now: datetime) -> Video | None:
        """Count the next run, so that steps of the run before exit at once; None when another sweep was first."""
        sets = {"run": video.run + 1, "due": _queue(video.status), "due_at": int((now + KEEPER_MARGIN).timestamp())}
        begun = self._update(video.id, sets, "run = :was", {":was": video.run})
        return self.get(video.id) if begun else None

    # DynamoDB's own forms

    def _read(self, key: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key={"id": {"S": key}}, ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def _put(self, item: dict[str, Any], condition: str, values: dict[str, Any] | None = None) -> Any:
        put: dict[str, Any] = {"TableName": self._table, "Item": typed(item), "ConditionExpression": condition}
        if values:
            put["ExpressionAttributeValues"] = typed(values)
        return {"Put": put}

    def _update(
        self,
        key: str,
        sets: Mapping[str, Any],
        condition: str,
        values: Mapping[str, Any],
        *,
        intent: str | None = None,
        expires_at: int | None = None,
    ) -> bool:
        """One conditional update (None removes an attribute); with an intent, both end together in one transaction."""
        update = self._update_of(key, sets, condition, values)
        try:
            if intent is None:
                self._client.update_item(**update)
            else:
                also = self._update_of(intent, {"expires_at": expires_at}, "attribute_exists(id)", {})
                self._client.transact_write_items(TransactItems=[{"Update": update}, {"Update": also}])
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except self._client.exceptions.TransactionCanceledException as error:
            of_video, of_intent = _reasons(error)
            if of_video == "None" and of_intent == "ConditionalCheckFailed":
                return self._update(key, sets, condition, values)  # the intent is gone already: nothing left to end with it
            if of_video != "ConditionalCheckFailed":
                raise
            return False
        return True

    def _update_of(self, key: str, sets: Mapping[str, Any], condition: str, values: Mapping[str, Any]) -> Any:
        # "status" and others are reserved words of DynamoDB, so each name goes through a placeholder.
        kept = {name: value for name, value in sets.items() if value is not None}
        gone = [name for name, value in sets.items() if value is None]
        expression = "SET " + ", ".join(f"#{name} = :set_{name}" for name in kept)
        if gone:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        return {
            "TableName": self._table,
            "Key": {"id": {"S": key}},
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {f"#{name}": name for name in sets} | ({"#status": "status"} if "#status" in condition else {}),
            "ExpressionAttributeValues": typed({**{f":set_{name}": value for name, value in kept.items()}, **values}),
        }


def _queue(status: Status) -> str:
    """The index's queue for a state: a payment in doubt counts from the moment it is one, told or not."""
    return UNCONFIRMED if status is Status.UNCONFIRMED else DUE


def _reasons(error: ClientError) -> list[str]:
    """Why each part of a transaction failed; "None" is DynamoDB's word for a part that would have worked."""
    return [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
