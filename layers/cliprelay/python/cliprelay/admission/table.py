"""The `controls` item: read before a claim and checked again in the transaction of the claim."""

from dataclasses import fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cliprelay.admission.controls import Admission, Controls, leased
from cliprelay.aws.table import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONTROLS = "controls"
_BREAKER = ("refusal", "opened_at", "probes", "next_probe_at")


class ControlsTable:
    """The pause switch and the breaker, one item in the table of videos."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def read(self) -> Controls:
        """Read the item; without one nothing is paused and the breaker is closed."""
        item = self._table.read(CONTROLS) or {}
        return Controls(**{each.name: item[each.name] for each in fields(Controls) if each.name in item})

    def pause(self, now: datetime) -> None:
        """Stop new payments; running videos continue."""
        self._table.update(CONTROLS, {"paused_at": int(now.timestamp())}, "", {})

    def resume(self) -> None:
        """Allow new payments again."""
        self._table.update(CONTROLS, {"paused_at": None}, "", {})

    def write_breaker(self, controls: Controls) -> None:
        """Store the breaker of `controls`; the pause switch does not change."""
        self._table.update(CONTROLS, {name: getattr(controls, name) for name in _BREAKER}, "", {})

    def close_breaker(self) -> None:
        """Close the breaker."""
        self._table.update(CONTROLS, dict.fromkeys(_BREAKER), "", {})

    def permit(self, admission: Admission, now: datetime, lease: timedelta) -> dict[str, Any]:
        """Return the part of a claim that fails if a pause, a refusal or another probe came after the read."""
        if not admission.is_probe:
            return self._table.check_part(CONTROLS, "attribute_not_exists(paused_at) AND attribute_not_exists(refusal)")
        condition = "attribute_not_exists(paused_at) AND attribute_exists(refusal) AND next_probe_at <= :now"
        sets = {"next_probe_at": leased(now, lease)}
        return self._table.update_part(CONTROLS, sets, condition, {":now": int(now.timestamp())})
