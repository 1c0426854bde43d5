"""A DynamoDB table: strongly consistent reads and conditional writes, single or in a transaction."""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.aws.items import plain, typed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
Key = str | tuple[str, ...]
KeyT = TypeVar("KeyT", bound=Key)

# A transaction holds its items for some milliseconds. Two that meet need one retry; many at a copy of the controls need a few, further and
# further apart: less than 3 seconds in all, so that even the retries of `insist` fit into the time that Submit reserves for them.
CONFLICTS, CONFLICT_PAUSE, LONGEST_CONFLICT_PAUSE = 8, 0.05, 0.5
# Why DynamoDB refuses a part of a transaction that may succeed a moment later; nothing was written.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
# A write that must survive a short outage is retried after 2, 4, 8 and 16 seconds, in addition to the SDK's own retries.
INSISTED, INSISTED_PAUSE = 4, 2.0
# A reserved word in a condition, as in "#status = :was".
_PLACEHOLDER = re.compile(r"#(\w+)")


class ConditionFailed(Exception):
    """A condition did not hold, so nothing was written.

    `part` is its place in the transaction, from 0; `item` is what an update met, None where there is none.
    """

    def __init__(self, part: int, item: dict[str, Any] | None = None) -> None:
        super().__init__(part)
        self.part, self.item = part, item


class Contended(ClientError):
    """Others kept an item busy, or used it too much, at every try; nothing was written."""


class Table:
    """A table whose items have string keys: `id`, or the ones in `keys`; a key of two parts is a tuple."""

    def __init__(
        self, client: "DynamoDBClient", name: str, *, keys: tuple[str, ...] = ("id",), sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client, self._name, self._keys, self._sleep = client, name, keys, sleep

    def _key(self, key: Key) -> dict[str, Any]:
        return {name: {"S": part} for name, part in zip(self._keys, (key,) if isinstance(key, str) else key, strict=True)}

    def _key_of(self, item: Mapping[str, Any]) -> Key:
        parts = tuple(item[name] for name in self._keys)
        return parts if len(parts) > 1 else parts[0]

    def read(self, key: Key) -> dict[str, Any] | None:
        """Return the item, read consistently."""
        answer = self._client.get_item(TableName=self._name, Key=self._key(key), ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def read_many(self, *keys: KeyT) -> dict[KeyT, dict[str, Any]]:
        """Return the items that exist, by their keys, each read consistently.

        DynamoDB may leave keys of a batch unprocessed. Those are read alone, because the SDK repeats a read but not such a rest.
        """
        wanted: Any = {"Keys": [self._key(key) for key in keys], "ConsistentRead": True}
        answer = self._client.batch_get_item(RequestItems={self._name: wanted})
        found = [plain(item) for item in answer["Responses"].get(self._name, [])]
        left: Any = answer["UnprocessedKeys"].get(self._name) or {"Keys": []}
        alone = [item for key in left["Keys"] if (item := self.read(self._key_of(plain(key)))) is not None]
        return {self._key_of(item): item for item in (*found, *alone)}  # type: ignore[misc]  # of the kind that was asked for

    def query(self, index: str, condition: str, values: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """Query an index once, and return the answer with its items as plain values."""
        answer: Any = self._client.query(**self._query(index, condition, values), **options)
        return {**answer, "Items": [plain(item) for item in answer.get("Items", [])]}

    def pages(self, index: str, condition: str, values: Mapping[str, Any], **options: Any) -> Iterator[dict[str, Any]]:
        """Yield every page of a query of an index, or of the table itself if `index` is ""."""
        pages = self._client.get_paginator("query").paginate(**self._query(index, condition, values), **options)
        for page in pages:
            yield {**page, "Items": [plain(item) for item in page.get("Items", [])]}

    def scan(self) -> Iterator[dict[str, Any]]:
        """Yield every item of the table; only for the operator's commands."""
        for page in self._client.get_paginator("scan").paginate(TableName=self._name, ConsistentRead=True):
            yield from map(plain, page["Items"])

    def scan_page(self, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
        """Return up to `limit` items behind a key, read consistently, and the key to continue after."""
        start: Any = {"ExclusiveStartKey": {"id": {"S": after}}} if after else {}
        answer = self._client.scan(TableName=self._name, ConsistentRead=True, Limit=limit, **start)
        last = answer.get("LastEvaluatedKey")
        return [plain(item) for item in answer["Items"]], last["id"]["S"] if last else None

    def put_part(self, item: Mapping[str, Any], condition: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Build a conditional put for a transaction; an empty condition always holds."""
        put: dict[str, Any] = {"TableName": self._name, "Item": typed(item)}
        if condition:
            put["ConditionExpression"] = condition
        if values:
            put["ExpressionAttributeValues"] = typed(values)
        return {"Put": put}

    def check_part(self, key: Key, condition: str) -> dict[str, Any]:
        """Build a condition check on an unchanged item for a transaction."""
        return {"ConditionCheck": {"TableName": self._name, "Key": self._key(key), "ConditionExpression": condition}}

    def delete_part(self, key: Key) -> dict[str, Any]:
        """Build a delete for a transaction; an item that is gone already is no failure."""
        return {"Delete": {"TableName": self._name, "Key": self._key(key)}}

    def update_part(
        self, key: Key, sets: Mapping[str, Any], condition: str, values: Mapping[str, Any], *, adds: Mapping[str, int] | None = None
    ) -> dict[str, Any]:
        """Build a conditional update for a transaction; None removes an attribute, `adds` adds to numbers that begin at 0."""
        adds = adds or {}
        # "status" and others are reserved words in DynamoDB, so every name uses a placeholder.
        kept = {name: value for name, value in sets.items() if value is not None}
        gone = [name for name, value in sets.items() if value is None]
        clauses = ["SET " + ", ".join(f"#{name} = :set_{name}" for name in kept)] if kept else []
        clauses += ["REMOVE " + ", ".join(f"#{name}" for name in gone)] if gone else []
        clauses += ["ADD " + ", ".join(f"#{name} :add_{name}" for name in adds)] if adds else []
        update: dict[str, Any] = {
            "TableName": self._name,
            "Key": self._key(key),
            "UpdateExpression": " ".join(clauses),
            "ExpressionAttributeNames": {f"#{name}": name for name in (*sets, *adds, *_PLACEHOLDER.findall(condition))},
        }
        added = {f":add_{name}": number for name, number in adds.items()}
        filled = typed({**{f":set_{name}": value for name, value in kept.items()}, **added, **values})
        if filled:
            update["ExpressionAttributeValues"] = filled
        if condition:
            # The loser of a race gets the winning item from the same call.
            update |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        return {"Update": update}

    def update(self, key: Key, sets: Mapping[str, Any], condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Update an item under a condition, and return it as it is then; raises ConditionFailed."""
        return self.write(self.update_part(key, sets, condition, values))

    def write(self, update: dict[str, Any]) -> dict[str, Any]:
        """Make an update part alone, at the price of a plain write, and return the item as it is then; raises ConditionFailed."""
        try:
            answer = self._until_free(lambda: self._client.update_item(**update["Update"], ReturnValues="ALL_NEW"))
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise ConditionFailed(0, _shown(error.response)) from None
        return plain(answer["Attributes"])

    def put(self, item: Mapping[str, Any], condition: str, values: Mapping[str, Any]) -> None:
        """Put an item if the condition holds; raises ConditionFailed."""
        put = self.put_part(item, condition, values)["Put"]
        try:
            self._until_free(lambda: self._client.put_item(**put))
        except self._client.exceptions.ConditionalCheckFailedException:
            raise ConditionFailed(0) from None

    def transact(self, *parts: dict[str, Any], token: str | None = None) -> None:
        """Write all parts or none; raises ConditionFailed or Contended. With a `token`, DynamoDB recognises a retry by the SDK.

        DynamoDB cancels one of two transactions that conflict on an item. It wrote nothing, so it is sent again.
        """
        once = {"ClientRequestToken": token} if token else {}
        try:
            self._until_free(lambda: self._client.transact_write_items(TransactItems=list(parts), **once))  # type: ignore[arg-type]  # parts are built above
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = error.response.get("CancellationReasons", [])
            part = next((place for place, reason in enumerate(reasons) if reason.get("Code") == "ConditionalCheckFailed"), None)
            if part is None:
                raise
            raise ConditionFailed(part, _shown(reasons[part])) from None

    def _until_free(self, send: Callable[[], T]) -> T:
        """Send a write again while a transaction holds one of its items, because the SDK does not; raises Contended."""
        for attempt in range(CONFLICTS + 1):
            try:
                return send()
            except ClientError as error:
                if not _is_passing(error):
                    raise
                refusal = error
            if attempt < CONFLICTS:
                pause = min(CONFLICT_PAUSE * 2**attempt, LONGEST_CONFLICT_PAUSE)
                self._sleep(pause * random.random())  # noqa: S311 - jitter, not a secret
        raise Contended(refusal.response, refusal.operation_name) from None

    def insist(self, *parts: dict[str, Any]) -> None:
        """Write a transaction, retrying through a table outage of half a minute; raises ConditionFailed or the last error."""
        for attempt in range(INSISTED):
            try:
                return self.transact(*parts)
            except (ClientError, BotoCoreError):
                self._sleep(INSISTED_PAUSE * 2**attempt)
        return self.transact(*parts)

    def _query(self, index: str, condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
        named = {"KeyConditionExpression": condition, "ExpressionAttributeValues": typed(values)}
        return {"TableName": self._name, **({"IndexName": index} if index else {}), **named}


def _is_passing(refusal: ClientError) -> bool:
    """Return whether DynamoDB refused a write because others were using its items, and not for a condition."""
    codes = {reason.get("Code", "None") for reason in refusal.response.get("CancellationReasons", [])}
    is_conflict = refusal.response["Error"]["Code"] == "TransactionConflictException"
    return is_conflict or (bool(codes & _PASSING) and codes <= _PASSING | {"None"})


def _shown(refusal: Mapping[str, Any]) -> dict[str, Any] | None:
    """The item that a refusal shows, if there is one."""
    item = refusal.get("Item")
    return plain(item) if item else None
