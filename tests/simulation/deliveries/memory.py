"""Records of deliveries in memory, written by the real table's code: only DynamoDB's own part is replaced."""

from dataclasses import dataclass, field
from typing import Any

from cliprelay.aws.table import ConditionFailed
from cliprelay.webhooks.settings import WebhookSettings
from cliprelay.webhooks.table import DeliveryTable


class Throttled(Exception):
    """An error of ours: AWS did not answer."""


@dataclass
class MemoryItems:
    """As much of cliprelay.table.Table as a delivery needs; it compares each condition as the expression says."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    fail: bool = False

    def read(self, key: str) -> dict[str, Any] | None:
        self._stumble()
        return self.items.get(key)

    def put(self, item: dict[str, Any], condition: str, values: dict[str, Any]) -> None:
        self._stumble()
        if condition != "attribute_not_exists(id)":
            raise NotImplementedError(condition)
        if item["id"] in self.items:
            raise ConditionFailed(0)
        self.items[item["id"]] = dict(item)

    def update(self, key: str, sets: dict[str, Any], condition: str, values: dict[str, Any]) -> None:
        self._stumble()
        item = self.items[key]
        for part in condition.split(" AND "):
            name, value = part.removeprefix("#").split(" = ")
            if item.get(name) != values[value]:
                raise ConditionFailed(0)
        self.items[key] = {name: value for name, value in (item | sets).items() if value is not None}

    def _stumble(self) -> None:
        if self.fail:
            self.fail = False
            raise Throttled


def memory_table(items: MemoryItems) -> DeliveryTable:
    """The real table over items in memory."""
    table = DeliveryTable.__new__(DeliveryTable)
    table._table = items  # type: ignore[assignment]
    return table


class NoSettings:
    """Tenants that never said anything: every video names its own webhook."""

    def of(self, tenant: str) -> WebhookSettings:
        return WebhookSettings(tenant=tenant)

    def note_told(self, settings: WebhookSettings, now: object) -> None:
        """Nothing to remember."""
