"""Copy lost budgets and counters of usage into the live table; a figure that the live table has is never replaced by an older one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cliprelay.aws.table import ConditionFailed, Table
from operate.recovery.report import COPIED, EXISTS, UNKNOWN, Outcome

_KINDS = {"budget#": "budget", "usage#": "usage of a day"}


@dataclass(frozen=True)
class SpendCopier:
    """Copies the restored table of what videos cost; with `dry_run` it only says what it would do."""

    restored: Table
    live: Table
    dry_run: bool

    def copy(self) -> Iterator[Outcome]:
        """Examine every item of the restored table, and yield what became of it."""
        yield from map(self._copy, self.restored.scan())

    def _copy(self, item: dict[str, Any]) -> Outcome:
        kind = next((name for prefix, name in _KINDS.items() if item["pk"].startswith(prefix)), None)
        if kind is None:
            return Outcome("other item", UNKNOWN)  # a notice of then would be published again
        is_of_now = kind == "budget" and "day" in item
        note = f"{item['pk']} {item['sk']}: counts what it did at the restore point; lower the limits if more has been ordered since"
        result = self._put(item)
        return Outcome(kind, result, note if result == COPIED and is_of_now else None)

    def _put(self, item: dict[str, Any]) -> str:
        if self.live.read((item["pk"], item["sk"])) is not None:
            return EXISTS
        try:
            if not self.dry_run:
                self.live.put(item, "attribute_not_exists(pk)", {})
        except ConditionFailed:
            return EXISTS
        return COPIED
