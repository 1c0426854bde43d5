"""GET /v1/usage over 100,000 videos: how many counters there are, and what one answer reads of DynamoDB."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

from cliprelay.aws.items import typed
from cliprelay.tenants.period import MOST_DAYS, Period
from cliprelay.tenants.usage import UsageTable, total
from cliprelay.video.record import iso
from cliprelay.video.spend import SpendTable, counter_key, counters_of
from cliprelay.video.states import Status
from tests.bench.units import query_units
from tests.support.makers import TENANT, OwnedClock, any_video
from tests.support.memory_aws.account import table
from tests.support.world import World

VIDEOS = 100_000
MODELS = ("seedance-v1.5-pro-i2v", "seedance-v1.5-pro-t2v")
KEYS = ("shop", "blog", None)
DAYS = (30, MOST_DAYS)
LAST = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUOTE = {"tokens": 108_900, "usd": "0.2614", "usd_per_million": "2.4"}


@dataclass(frozen=True)
class Answered:
    """What one answer took: the counters of the period, its reads, and their units."""

    days: int
    counters: int
    reads: int
    units: float
    videos: int


def counters(videos: int, days: int) -> dict[tuple[str, str], Counter[str]]:
    """Return the counters of so many videos of one tenant, spread over days, models and names of keys."""
    ended = any_video(status=Status.SUCCEEDED, upstream_id="t", quote=QUOTE, reserved=262_000)
    added = counters_of(ended)
    found: dict[tuple[str, str], Counter[str]] = {}
    for number in range(videos):
        made = iso(LAST - timedelta(days=number % days))
        video: Any = SimpleNamespace(tenant=TENANT, id=f"vid_{number:026d}", created_at=made, model=MODELS[number % 7 % 2])
        video.key_name = KEYS[number % 11 % 3]
        found.setdefault(counter_key(video), Counter()).update(added)
    return found


@cache
def answered(days: int, videos: int = VIDEOS) -> Answered:
    """Store the counters, and answer once."""
    world = World(OwnedClock(), f"usage-{days}-{videos}")
    stored = counters(videos, days)
    for (pk, sk), numbers in stored.items():
        table(world.spend_table).write(f"{pk}\0{sk}", typed({"pk": pk, "sk": sk, **numbers}), None)
    reads: list[list[dict[str, Any]]] = []
    usage = UsageTable(SpendTable(_Counting(world.dynamodb, reads), world.spend_table))  # type: ignore[arg-type]
    used = total(each.counts for each in usage.of(TENANT, Period(LAST.date() - timedelta(days=days - 1), LAST.date())))
    return Answered(days, len(stored), len(reads), sum(query_units(page, consistent=True) for page in reads), used.videos)


class _Counting:
    """A client that notes the items of each page of a query."""

    def __init__(self, client: Any, reads: list[list[dict[str, Any]]]) -> None:
        self._client, self._reads = client, reads

    def get_paginator(self, operation: str) -> "_Counting":
        assert operation == "query"
        return self

    def paginate(self, **query: Any) -> Iterator[dict[str, Any]]:
        for page in self._client.get_paginator("query").paginate(**query):
            self._reads.append(page["Items"])
            yield page


def sentences() -> str:
    """Return the figures as docs/money.md has them."""
    lines = []
    for each in map(answered, DAYS):
        reads = f"{each.reads} read{'s' if each.reads > 1 else ''}"
        lines.append(
            f"- {each.videos:,} videos of two models and three names of keys in {each.days} days are {each.counters:,} counters: "
            f"an answer about all of them takes {reads} and {each.units:,.0f} units."
        )
    return "\n".join(lines)
