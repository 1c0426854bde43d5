"""What a tenant has used, answered from the counters that move with every change of money; no record of a video is read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cliprelay.tenants.period import Period
from cliprelay.video.states import TERMINAL, Status

if TYPE_CHECKING:
    from cliprelay.video.spend import SpendTable

By = Literal["day", "model", "key", "status"]
WAYS: tuple[By, ...] = ("day", "model", "key", "status")

# What stands in `status` for the videos that have not ended.
OPEN = "open"
ENDED = tuple(status.value for status in Status if status in TERMINAL)


class Counts(NamedTuple):
    """Sums over videos: their seconds as ordered, the tokens of the settled ones, and amounts in micro-dollars."""

    videos: int = 0
    seconds: int = 0
    tokens: int = 0
    reserved: int = 0
    settled: int = 0
    doubtful: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Add two sums."""
        return Counts(*(one + another for one, another in zip(self, other, strict=True)))

    def minus(self, other: "Counts") -> "Counts":
        """Subtract a sum of some of the videos."""
        return Counts(*(one - another for one, another in zip(self, other, strict=True)))


NOTHING = Counts()


class Used(NamedTuple):
    """What the videos of one day, model, key name and status have used."""

    day: str
    model: str
    key: str
    status: str
    counts: Counts


class UsageTable:
    """Read the counters of usage."""

    def __init__(self, spend: "SpendTable") -> None:
        self._table = spend.table

    def of(self, tenant: str, period: Period) -> Iterator[Used]:
        """Yield what a tenant has used in a period, strongly consistent: an accepted video counts in the next answer."""
        for page in self.pages(tenant, period):
            for item in page:
                yield from used_of(item)

    def pages(self, tenant: str, period: Period) -> Iterator[list[dict[str, Any]]]:
        """Yield the counters of a period in pages, each of which is one read of DynamoDB."""
        values = {":tenant": f"usage#{tenant}", ":first": f"{period.first}#", ":last": f"{period.last}#~"}
        found = self._table.pages("", "pk = :tenant AND sk BETWEEN :first AND :last", values, ConsistentRead=True)
        return (page["Items"] for page in found)

    def every(self, period: Period) -> Iterator[dict[str, Any]]:
        """Scan for the counters of all tenants in a period; only for the operator's commands."""
        items = (item for item in self._table.scan() if item["pk"].startswith("usage#"))
        return (item for item in items if str(period.first) <= item["sk"].partition("#")[0] <= str(period.last))


def used_of(item: Mapping[str, Any]) -> Iterator[Used]:
    """Yield what a counter says of each status, without those that no video has."""
    day, model, key, _ = item["sk"].split("#")
    whole = Counts(*(int(item.get(name, 0)) for name in Counts._fields))
    ended = {status: Counts(*(int(item.get(f"{name}_{status}", 0)) for name in Counts._fields)) for status in ENDED}
    still_open = whole.minus(total(ended.values()))
    for status, counts in {OPEN: still_open, **ended}.items():
        if counts != NOTHING:
            yield Used(day, model, key, status, counts)


def total(counts: Iterable[Counts]) -> Counts:
    """Add sums."""
    added = NOTHING
    for each in counts:
        added = added.plus(each)
    return added


def grouped(used: Iterable[Used], by: By) -> dict[str, Counts]:
    """Add up what was used, by day, model, key name or status, in the order of the names."""
    groups: dict[str, Counts] = {}
    for each in used:
        name = getattr(each, by)
        groups[name] = groups.get(name, NOTHING).plus(each.counts)
    return dict(sorted(groups.items()))
