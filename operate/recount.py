"""Compare the counters of usage with the records that they are made of."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cliprelay.tenants.period import Period
from cliprelay.tenants.usage import UsageTable
from cliprelay.video.record import Video
from cliprelay.video.spend import counter_key, counters_of
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable

# A video that moves between the two reads differs once; what differs each time is a fault.
PASSES = 3

# Tenant, day, model and key name: what the shards of a counter have in common.
Group = tuple[str, str, str, str]
Sums = dict[Group, Counter[str]]


class Difference(NamedTuple):
    """What differs in the counters of a group: by name, what was counted and what the records say."""

    tenant: str
    day: str
    model: str
    key: str
    values: dict[str, tuple[int, int]]


class Recounted(NamedTuple):
    """The result: how many records and groups of counters were compared, what differed each time, and what was never counted."""

    videos: int
    counters: int
    left_out: int
    differences: list[Difference]


@dataclass(frozen=True)
class Recount:
    """Reads both tables, and again where they differ."""

    videos: VideoTable
    usage: UsageTable

    def run(self, period: Period) -> Recounted:
        """Compare the counters of a period with all records of videos that were accepted in it."""
        found = self._compare(period)
        for _ in range(PASSES - 1):
            if not found.differences:
                break
            again = self._compare(period)
            found = again._replace(differences=[each for each in again.differences if each in found.differences])
        return found

    def _compare(self, period: Period) -> Recounted:
        recorded = [video for video in self.videos.every() if str(period.first) <= video.created_at[:10] <= str(period.last)]
        counted = [video for video in recorded if video.reserved is not None]
        records = _sums((counter_key(video), _expected(video)) for video in counted)
        counters = _sums(self._counters(period))
        return Recounted(len(counted), len(counters), len(recorded) - len(counted), list(_differences(counters, records)))

    def _counters(self, period: Period) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
        for item in self.usage.every(period):
            yield (item["pk"], item["sk"]), {name: number for name, number in item.items() if name not in ("pk", "sk")}


def _expected(video: Video) -> dict[str, int]:
    """Return what a record adds to its counter; the end of one from a restored table has moved nothing."""
    return counters_of(replace(video, status=Status.RUNNING) if video.is_recovered else video)


def _sums(parts: Iterable[tuple[tuple[str, str], dict[str, Any]]]) -> Sums:
    sums: Sums = {}
    for (pk, sk), numbers in parts:
        day, model, key, _ = sk.split("#")
        group = (pk.partition("#")[2], day, model, key)
        sums.setdefault(group, Counter()).update({name: int(number) for name, number in numbers.items()})
    return sums


def _differences(counters: Sums, records: Sums) -> Iterator[Difference]:
    for group in sorted({*counters, *records}):
        counted, expected = counters.get(group, Counter()), records.get(group, Counter())
        names = sorted(name for name in {*counted, *expected} if counted[name] != expected[name])
        if names:
            yield Difference(*group, {name: (counted[name], expected[name]) for name in names})
