"""A DynamoDB table: strongly consistent reads and conditional writes, single or in a transaction."""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.aws.items import plain, typed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


# Two conflicting transactions need one retry after some milliseconds; many at the `controls` item need a few.
CONFLICTS, CONFLICT_PAUSE = 6, 0.05
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


class Table:
    """A table whose items have the string key `id`."""

    def __init__(self, client: "DynamoDBClient", name: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self._name, self._sleep = client, name, sleep

    def read(self, key: str) -> dict[str, Any] | None:
        """Return the item, read consistently."""
        answer = self._client.get_item(TableName=self._name, Key={"id": {"S": key}}, ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def query(self, index: str, condition: str, values: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """Query an index once, and return the answer with its items as plain values."""
        answer: Any = self._client.query(**self._query(index, condition, values), **options)
        return {**answer, "Items": [plain(item) for item in answer.get("Items", [])]}

    def pages(self, index: str, condition: str, values: Mapping[str, Any], **options: Any) -> Iterator[dict[str, Any]]:
        """Yield every page of an index query."""
        pages = self._client.get_paginator("query").paginate(**self._query(index, condition, values), **options)
        for page in pages:
            yield {**page, "Items": [plain(item) for item in page.get("Items", [])]}

    def scan(self) -> Iterator[dict[str, Any]]:
        """Yield every item of the table; only for the operator's commands."""
        for page in self._client.get_paginator("scan").paginate(TableName=self._name, ConsistentRead=True):
            yield from map(plain, page["Items"])

    def put_part(self, item: Mapping[str, Any], condition: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Build a conditional put for a transaction."""
        put: dict[str, Any] = {"TableName": self._name, "Item": typed(item), "ConditionExpression": condition}
        if values:
            put["ExpressionAttributeValues"] = typed(values)
        return {"Put": put}

    def check_part(self, key: str, condition: str) -> dict[str, Any]:
        """Build a condition check on an unchanged item for a transaction."""
        return {"ConditionCheck": {"TableName": self._name, "Key": {"id": {"S": key}}, "ConditionExpression": condition}}

    def update_part(self, key: str, sets: Mapping[str, Any], condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Build a conditional update for a transaction; None removes an attribute."""
        # "status" and others are reserved words in DynamoDB, so every name uses a placeholder.
        kept = {name: value for name, value in sets.items() if value is not None}
        gone = [name for name, value in sets.items() if value is None]
        clauses = ["SET " + ", ".join(f"#{name} = :set_{name}" for name in kept)] if kept else []
        clauses += ["REMOVE " + ", ".join(f"#{name}" for name in gone)] if gone else []
        update: dict[str, Any] = {
            "TableName": self._name,
            "Key": {"id": {"S": key}},
            "UpdateExpression": " ".join(clauses),
            "ExpressionAttributeNames": {f"#{name}": name for name in (*sets, *_PLACEHOLDER.findall(condition))},
        }
        filled = typed({**{f":set_{name}": value for name, value in kept.items()}, **values})
        if filled:
            update["ExpressionAttributeValues"] = filled
        if condition:
            # The loser of a race gets the winning item from the same call.
            update |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        return {"Update": update}

    def update(self, key: str, sets: Mapping[str, Any], condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Update an item under a condition, and return it as it is then; raises ConditionFailed."""
        return self.write(self.update_part(key, sets, condition, values))

    def write(self, update: dict[str, Any]) -> dict[str, Any]:
        """Make an update part alone, at the price of a plain write, and return the item as it is then; raises ConditionFailed."""
        try:
            answer = self._client.update_item(**update["Update"], ReturnValues="ALL_NEW")
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise ConditionFailed(0, _shown(error.response)) from None
        return plain(answer["Attributes"])

    def put(self, item: Mapping[str, Any], condition: str, values: Mapping[str, Any]) -> None:
        """Put an item if the condition holds; raises ConditionFailed."""
        try:
            self._client.put_item(**self.put_part(item, condition, values)["Put"])
        except self._client.exceptions.ConditionalCheckFailedException:
            raise ConditionFailed(0) from None

    def transact(self, *parts: dict[str, Any], token: str | None = None) -> None:
        """Write all parts or none; raises ConditionFailed. With a `token`, DynamoDB recognises a retry by the SDK.

        DynamoDB cancels one of two transactions that conflict on an item. It wrote nothing, so it is sent again.
        """
        once = {"ClientRequestToken": token} if token else {}
        for attempt in range(CONFLICTS + 1):
            try:
                self._client.transact_write_items(TransactItems=list(parts), **once)  # type: ignore[arg-type]  # parts are built above
            except self._client.exceptions.TransactionCanceledException as error:
                reasons = error.response.get("CancellationReasons", [])
                codes = [reason.get("Code") for reason in reasons]
                if "ConditionalCheckFailed" in codes:
                    part = codes.index("ConditionalCheckFailed")
                    raise ConditionFailed(part, _shown(reasons[part])) from None
                if "TransactionConflict" not in codes or attempt == CONFLICTS:
                    raise
                self._sleep(CONFLICT_PAUSE * (attempt + random.random()))  # noqa: S311 - jitter, not a secret
            else:
                return

    def insist(self, *parts: dict[str, Any]) -> None:
        """Write a transaction, retrying through a table outage of half a minute; raises ConditionFailed or the last error."""
        for attempt in range(INSISTED):
            try:
                return self.transact(*parts)
            except (ClientError, BotoCoreError):
                self._sleep(INSISTED_PAUSE * 2**attempt)
        return self.transact(*parts)

    def _query(self, index: str, condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
        named = {"IndexName": index, "KeyConditionExpression": condition, "ExpressionAttributeValues": typed(values)}
        return {"TableName": self._name, **named}


def _shown(refusal: Mapping[str, Any]) -> dict[str, Any] | None:
    """The item that a refusal shows, if there is one."""
    item = refusal.get("Item")
    return plain(item) if item else None
