"""The books of the simulation: what each video counts for, by the rules of docs/money.md alone, against what the product counts."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cliprelay.aws.items import plain, typed
from cliprelay.video.states import TERMINAL, Status
from tests.simulation.runtime import deployment

if TYPE_CHECKING:
    from tests.simulation.world import World

Violate = Callable[[str, str], None]

# The tenants with a budget: half of those in actors/clients.py.
BUDGETED = ("acme", "cord")
# A sweep runs each minute, and may fail some times.
NOTICED_WITHIN = 3_600
_DOUBT = ("outcome_unknown", "charged_without_video")


def charge(record: Mapping[str, Any]) -> tuple[str, int]:
    """Return what a record counts for: the kind and the micro-dollars. The upstream of the simulation reports no tokens."""
    if Status(record["status"]) not in TERMINAL:
        return "reserved", record["reserved"]
    quoted = int((Decimal(record["quote"]["usd_per_million"]) * int(record["quote"]["tokens"])).to_integral_value())
    code = (record.get("error") or {}).get("code")
    if record["status"] == Status.SUCCEEDED or code == "charged_without_video":
        return "settled", quoted
    if record.get("upstream_id") is None and code not in _DOUBT:
        return "released", 0
    return "doubtful", quoted


class Money:
    """Follows every write of a record, and checks the rule that must hold at each acceptance."""

    def __init__(self, violate: Violate) -> None:
        self._violate = violate
        self.limits: dict[str, int] = {}  # by tenant, for a day
        self.used: Counter[str] = Counter()  # by period of a budget, as the records say

    def wrote(self, key: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        """Check one write to a video."""
        for period in after.get("budgets", []):
            self.used[period] += charge(after)[1] - (charge(before)[1] if before else 0)
        if before is None:
            self._check_acceptance(key, after)

    def _check_acceptance(self, key: str, record: Mapping[str, Any]) -> None:
        limit, day = self.limits.get(record["tenant"]), f"tenant#{record['tenant']}#{record['created_at'][:10]}"
        if limit is None:
            return
        if day not in record.get("budgets", []):
            self._violate("budget", f"{key} was accepted without its budget")
        elif self.used[day] > limit:
            self._violate("budget", f"{key} was accepted, and {self.used[day]} of {limit} are reserved or used")


def set_budget(world: "World", tenant: str, limit: int) -> None:
    """Give a tenant a daily budget, as an operator did before."""
    world.money.limits[tenant] = limit
    item = {"pk": f"budget#{tenant}", "sk": "tenant", "day_limit": limit, "limit_version": 1}
    world.aws.dynamodb.tables[deployment.SPEND].write(f"{item['pk']}\0tenant", typed(item), None)


def judge_money(world: "World") -> None:
    """Compare usage and budgets with the records, and what is settled with the upstream's ledger."""
    records = [history.record for history in world.records.videos.values()]
    items = [plain(item) for item in world.aws.dynamodb.tables[deployment.SPEND].items.values()]
    _judge_usage(world, records, items)
    for item in items:
        if item["pk"].startswith("budget#") and "day" in item:
            _judge_budget(world, item)
    _judge_notices(world, items)
    bought = {task.id for task in world.upstream.ledger.tasks.values()}
    for history in world.records.videos.values():
        record = history.record
        if record["status"] == Status.SUCCEEDED and record.get("upstream_id") not in bought:
            world.records.violate("money", f"{record['id']} is settled, and was never bought")
        if charge(record)[0] == "released" and world.upstream.ledger.of(history.intent) and not _told(world, record):
            world.records.violate("money", f"{record['id']} is released, and was bought")


def _told(world: "World", record: Mapping[str, Any]) -> bool:
    """Whether its owner was told that it may have been charged, and an operator decided; I2 judges what the record says then."""
    return any(message.default["type"] == "video.unconfirmed" for _, message in world.records.told.get(record["id"], ()))


def _judge_usage(world: "World", records: list[dict[str, Any]], items: list[dict[str, Any]]) -> None:
    expected: Counter[tuple[str, str, str]] = Counter()
    for record in records:
        kind, micros = charge(record)
        day, tenant = record["created_at"][:10], record["tenant"]
        expected[tenant, day, "videos"] += 1
        expected[tenant, day, f"videos_{record['status']}"] += record["status"] in TERMINAL
        expected[tenant, day, kind] += micros
    counted: Counter[tuple[str, str, str]] = Counter()
    for item in (each for each in items if each["pk"].startswith("usage#")):
        for name in ("videos", "reserved", "settled", "doubtful", *(f"videos_{status}" for status in TERMINAL)):
            counted[item["pk"].removeprefix("usage#"), item["sk"][:10], name] += item.get(name, 0)
    for place in {*expected, *counted}:
        if expected[place] != counted[place]:
            world.records.violate("money", f"usage says {counted[place]} for {place}, and the records {expected[place]}")


def _judge_notices(world: "World", items: list[dict[str, Any]]) -> None:
    """Check that the operator was told of each budget that has reached a share of its limit, but for those of the last sweeps."""
    told = Counter(each.subject for each in world.aws.sns.texts)
    for item in items:
        if item["pk"] == "notices":
            if world.now() - datetime.fromisoformat(item["reached_at"]).timestamp() > NOTICED_WITHIN:
                world.records.violate("budget", f"{item['sk']} was never published")
        elif item["pk"].startswith("budget#") and item.get("day_reached"):
            tenant = item["pk"].removeprefix("budget#")
            pending = any(each["pk"] == "notices" and each["tenant"] == tenant for each in items)
            subject = f"ClipRelay: tenant {tenant} has used {item['day_reached']} % of a budget"
            if not pending and not told[subject]:
                world.records.violate("budget", f"nobody was told that {tenant} has used {item['day_reached']} % of its budget")


def _judge_budget(world: "World", item: dict[str, Any]) -> None:
    tenant = item["pk"].removeprefix("budget#")
    for name in ("day", "month"):
        used = world.money.used[f"tenant#{tenant}#{item[name]}"]
        if item[f"{name}_used"] != used:
            world.records.violate("money", f"the budget of {tenant} says {item[f'{name}_used']} for {item[name]}, and the records {used}")
