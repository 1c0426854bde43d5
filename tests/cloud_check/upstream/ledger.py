"""Read the upstream's own records: what was paid, and which webhooks came."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.mp4_files import mp4_file, picture


@dataclass(frozen=True)
class Hook:
    """A webhook as received, and the status that answered it."""

    name: str
    number: int
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Ledger:
    """The upstream's table, seen by the check."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def payments(self, label: str | None = None) -> list[dict[str, Any]]:
        """Return accepted creates, oldest first, of one label or of all."""
        found = [item for item in self._items() if item.get("kind") == "payment" and label in (None, item["label"])]
        return sorted(found, key=lambda item: float(item["at"]))

    def hooks(self, name: str) -> list[Hook]:
        """Return the webhooks that came to `/hook/<name>`, in the order in which they came."""
        found = [item for item in self._items() if item.get("kind") == "hook" and item["name"] == name]
        return sorted((_hook(item) for item in found), key=lambda hook: hook.number)

    def accept_key(self, key: str) -> None:
        """Let the upstream accept this key alone."""
        self._table.put_item(Item={"id": "key", "value": key})

    def _items(self) -> Iterator[dict[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            page = self._table.scan(ConsistentRead=True, **start)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _hook(item: dict[str, Any]) -> Hook:
    return Hook(item["name"], int(item["number"]), int(item["status"]), json.loads(item["headers"]), item["body"].encode())


def create_table(dynamodb: Any) -> Any:
    """Create the ledger's table in an AWS stand-in, as the upstream's template does in an account."""
    name = f"cliprelay-check-upstream-{uuid.uuid4().hex[:8]}"
    keys = {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    return dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **keys)


def check_video() -> bytes:
    """Return the video that the upstream serves: whole, and of some 200 kB."""
    return mp4_file(*(picture(bytes((number + index) % 251 for index in range(2_000))) for number in range(97)))
