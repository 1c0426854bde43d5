"""What was used, from counters: by day, model, key and status, whose sums are all the same."""

from typing import TYPE_CHECKING

import pytest

from cliprelay.tenants.period import Period, read_day
from cliprelay.tenants.usage import NOTHING, WAYS, By, Counts, Used, grouped, total, used_of
from tests.support.makers import TENANT

if TYPE_CHECKING:
    from tests.support.world import World

ALL = {"videos": 4, "seconds": 20, "tokens": 217_800, "reserved": 300, "settled": 520, "doubtful": 260}
SUCCEEDED = {"videos_succeeded": 2, "seconds_succeeded": 10, "tokens_succeeded": 217_800, "settled_succeeded": 520}
FAILED = {"videos_failed": 1, "seconds_failed": 5, "doubtful_failed": 260}
ITEM = {"pk": "usage#acme", "sk": "2026-11-22#seedance-v1.5-pro-i2v#shop#3", **ALL, **SUCCEEDED, **FAILED}


def test_a_counter_says_what_each_status_has_used() -> None:
    assert list(used_of(ITEM)) == [
        Used("2026-11-22", "seedance-v1.5-pro-i2v", "shop", "open", Counts(1, 5, 0, 300, 0, 0)),
        Used("2026-11-22", "seedance-v1.5-pro-i2v", "shop", "succeeded", Counts(2, 10, 217_800, 0, 520, 0)),
        Used("2026-11-22", "seedance-v1.5-pro-i2v", "shop", "failed", Counts(1, 5, 0, 0, 0, 260)),
    ]


@pytest.mark.parametrize("by", WAYS)
def test_whatever_the_groups_are_their_sum_is_what_was_used(by: By) -> None:
    used = [*used_of(ITEM), *used_of(ITEM | {"sk": "2026-11-21#other#-#0"})]
    groups = grouped(used, by)
    assert list(groups) == sorted(groups)
    assert len(groups) == (3 if by == "status" else 2)
    assert total(groups.values()) == Counts(8, 40, 435_600, 600, 1_040, 520)


def test_nothing_was_used_without_counters(world: "World") -> None:
    assert list(world.usage.of(TENANT, _period("2026-11-01", "2026-11-30"))) == []
    assert total([]) == NOTHING


def test_only_the_counters_of_the_tenant_in_the_period_are_read(world: "World") -> None:
    for day in ("2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"):
        _put(world, TENANT, day)
    _put(world, "acme2", "2026-11-15")
    found = world.usage.of(TENANT, _period("2026-11-01", "2026-11-30"))
    assert sorted({used.day for used in found}) == ["2026-11-01", "2026-11-30"]
    everyone = world.usage.every(_period("2026-11-01", "2026-11-30"))
    assert sorted((item["pk"], item["sk"][:10]) for item in everyone) == [
        ("usage#acme", "2026-11-01"),
        ("usage#acme", "2026-11-30"),
        ("usage#acme2", "2026-11-15"),
    ]


def _put(world: "World", tenant: str, day: str) -> None:
    key = (f"usage#{tenant}", f"{day}#any-model#-#0")
    table = world.spend.table
    table.write(table.update_part(key, {}, "", {}, adds={"videos": 1, "seconds": 5, "reserved": 300}))


def _period(first: str, last: str) -> Period:
    days = read_day(first), read_day(last)
    assert None not in days
    return Period(*days)  # type: ignore[arg-type]
