"""Copy lost webhook settings and deliveries into the live table; no secret's version goes back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cliprelay.aws.table import ConditionFailed, Table
from cliprelay.webhooks.delivery import DeliveryStatus, delivery_id
from cliprelay.webhooks.settings import MOST_VERSIONS, OVERLAP, WebhookSettings
from operate.recovery.report import AGAIN, COPIED, EXISTS, EXPIRED, UNKNOWN, Outcome

SENT_AGAIN = "copied, and sent again under the same ids"
CONTINUED = "copied as continued: a later delivery of the event exists"
RAISED = "in the live table, and the version of the secrets raised to that of the backup"

_SETTINGS, _OTHER = "webhook settings", "other item"
_ABSENT = "attribute_not_exists(id)"
_TENANT = "tenant_"

Item = dict[str, Any]


@dataclass(frozen=True)
class WebhookCopier:
    """Copies the restored table of webhooks; with `dry_run` it only says what it would do."""

    restored: Table
    live: Table
    clock: Callable[[], datetime]
    dry_run: bool

    def copy(self) -> Iterator[Outcome]:
        """Examine every item of the restored table, and yield what became of it."""
        yield from map(self._copy, self.restored.scan())

    def _copy(self, item: Item) -> Outcome:
        if item["id"].startswith(_TENANT):
            return self._copy_settings(item)
        return self._copy_delivery(item) if "event_id" in item else Outcome(_OTHER, UNKNOWN)

    # Settings

    def _copy_settings(self, item: Item) -> Outcome:
        tenant, live = item["id"].removeprefix(_TENANT), self.live.read(item["id"])
        if live is None:
            note = f"{tenant}: settings of the restore point; compare them with `webhooks show`, and rotate if a rotation was lost"
            return Outcome(_SETTINGS, self._put(item), note)
        before, after = WebhookSettings.from_item(tenant, item), WebhookSettings.from_item(tenant, live)
        if before.version <= after.version:
            return Outcome(_SETTINGS, EXISTS)
        return Outcome(_SETTINGS, self._raise_version(item["id"], before, after))

    def _raise_version(self, key: str, before: WebhookSettings, after: WebhookSettings) -> str:
        """Let the version of the backup sign, which receivers have; the lower one, which began again at 1, signs for a day more."""
        now = self.clock()
        valid = {version: until for version, until in [*before.valid_versions(now), *after.valid_versions(now)] if until is not None}
        ends = {after.version: int((now + OVERLAP).timestamp())} | valid
        previous = [{"version": version, "until": until} for version, until in sorted(ends.items(), reverse=True)]
        sets = {"version": before.version, "previous": previous[: MOST_VERSIONS - 1]}
        unchanged = "attribute_exists(id) AND (attribute_not_exists(version) OR version = :was)"
        try:
            if not self.dry_run:
                self.live.update(key, sets, unchanged, {":was": after.version})
        except ConditionFailed:
            return AGAIN
        return RAISED

    # Deliveries

    def _copy_delivery(self, item: Item) -> Outcome:
        kind = f"delivery, {item['status']}"
        if item.get("expires_at", self.clock().timestamp() + 1) <= self.clock().timestamp():
            return Outcome(kind, EXPIRED)
        if item["status"] != DeliveryStatus.PENDING:
            return Outcome(kind, self._put(item))
        if self.live.read(delivery_id(item["event_id"], item["number"] + 1)):
            over = {name: value for name, value in item.items() if name not in ("due", "due_at", "next_at", "begun_at")}
            found = self._put(over | {"status": DeliveryStatus.CONTINUED.value})
            return Outcome(kind, CONTINUED if found == COPIED else found)
        found = self._put(item)
        return Outcome(kind, SENT_AGAIN if found == COPIED else found)

    def _put(self, item: Item) -> str:
        if self.live.read(item["id"]) is not None:
            return EXISTS
        try:
            if not self.dry_run:
                self.live.put(item, _ABSENT, {})
        except ConditionFailed:
            return EXISTS
        return COPIED
