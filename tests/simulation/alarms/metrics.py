"""The metrics that CloudWatch has received: samples with their times, and levels that last until the next one."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence

from tests.simulation.alarms.definitions import Dimensions, Series

Metric = tuple[str, str, Dimensions]

STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "Average": lambda values: sum(values) / len(values),
    "SampleCount": len,
}


def metric(namespace: str, name: str, **dimensions: str) -> Metric:
    """Name one metric."""
    return namespace, name, frozenset(dimensions.items())


class Metrics:
    """Samples must arrive in the order of time."""

    def __init__(self) -> None:
        self._times: dict[Metric, list[float]] = defaultdict(list)
        self._values: dict[Metric, list[float]] = defaultdict(list)

    def add(self, which: Metric, moment: float, value: float = 1.0) -> None:
        """Record one sample."""
        self._times[which].append(moment)
        self._values[which].append(value)

    def value(self, series: Series, start: float, end: float) -> float | None:
        """Return the statistic over the samples after `start` and up to `end`; None if there is none.

        The length of a queue is reported at every moment, so its last sample counts on.
        """
        times, values = self._times[series.metric], self._values[series.metric]
        first, last = bisect_right(times, start), bisect_right(times, end)
        if series.namespace == "AWS/SQS":
            first = max(0, bisect_left(times, start) - 1)
        found = values[first:last]
        return STATISTICS[series.statistic](found) if found else None
