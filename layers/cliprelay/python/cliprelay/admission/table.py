"""The `controls` item: it is read before a claim, and checked again inside the claim's own transaction."""

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
    """The pause switch and the breaker, as one item of the table of videos."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def read(self) -> Controls:
        """The item as it is now; a deployment that never had one is running and healthy."""
        item = self._table.read(CONTROLS) or {}
        return Controls(**{each.name: item[each.name] for each in fields(Controls) if each.name in item})

    def pause(self, now: datetime) -> None:
        """No new money from now on; whatever runs goes on."""
        self._table.update(CONTROLS, {"paused_at": int(now.timestamp())}, "", {})

    def resume(self) -> None:
        """New money again."""
        self._table.update(CONTROLS, {"paused_at": None}, "", {})

    def write_breaker(self, controls: Controls) -> None:
        """The breaker as `controls` has it; the pause switch stays as it is."""
        self._table.update(CONTROLS, {name: getattr(controls, name) for name in _BREAKER}, "", {})

    def close_breaker(self) -> None:
        """The account works."""
        self._table.update(CONTROLS, dict.fromkeys(_BREAKER), "", {})

    def permit(self, admission: Admission, now: datetime, lease: timedelta) -> dict[str, Any]:
        """The part of a claim that fails when, since the read, somebody paused, the breaker opened, or another probe began."""
        if not admission.is_probe:
            return self._table.check_part(CONTROLS, "attribute_not_exists(paused_at) AND attribute_not_exists(refusal)")
        condition = "attribute_not_exists(paused_at) AND attribute_exists(refusal) AND next_probe_at <= :now"
        sets = {"next_probe_at": leased(now, lease)}
        return self._table.update_part(CONTROLS, sets, condition, {":now": int(now.timestamp())})
