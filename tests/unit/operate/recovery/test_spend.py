"""Lost budgets and counters come back; what the live table counts stays."""

from itertools import count
from typing import Any

import pytest

from cliprelay.aws.items import typed
from cliprelay.aws.table import Table
from cliprelay.video.spend import KEYS
from operate.recovery.report import COPIED, EXISTS, UNKNOWN
from operate.recovery.spend import SpendCopier
from tests.support.makers import OwnedClock
from tests.support.world import World

_NUMBERS = count(1)

BUDGET = {"pk": "budget#acme", "sk": "tenant", "day_limit": 5, "day": "2026-11-27", "day_used": 3}
USAGE = {"pk": "usage#acme", "sk": "2026-11-27#m#-#0", "videos": 2}
NOTICE = {"pk": "notices", "sk": "tenant#acme#2026-11-27#50"}


def _copied(restored: World, live: World, *, dry_run: bool = False) -> list[tuple[str, str, bool]]:
    for item in (BUDGET, USAGE, NOTICE):
        restored.dynamodb.put_item(TableName=restored.spend_table, Item=typed(item))
    tables = [Table(each.dynamodb, each.spend_table, keys=KEYS) for each in (restored, live)]
    return [(kind, result, note is not None) for kind, result, note in SpendCopier(tables[0], tables[1], dry_run).copy()]


def test_what_is_lost_is_copied_and_notices_are_not(world: World) -> None:
    live = World(OwnedClock(), f"spend-live-{next(_NUMBERS)}")
    found = _copied(world, live)
    assert found == [("budget", COPIED, True), ("other item", UNKNOWN, False), ("usage of a day", COPIED, False)]
    assert live.spend_items() == [BUDGET, USAGE]


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_the_live_table_counts_stays(world: World, dry_run: bool) -> None:
    live = World(OwnedClock(), f"spend-live-{next(_NUMBERS)}")
    newer: dict[str, Any] = BUDGET | {"day_used": 4}
    live.dynamodb.put_item(TableName=live.spend_table, Item=typed(newer))
    found = _copied(world, live, dry_run=dry_run)
    assert found[0] == ("budget", EXISTS, False)
    assert live.spend_items() == ([newer] if dry_run else [newer, USAGE])
