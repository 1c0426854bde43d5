"""When an alarm rings: each minute, over the periods that end there, as CloudWatch evaluates it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html. Simplified: CloudWatch may look further back than
the periods of the alarm in place of missing datapoints; here those count as TreatMissingData says.
"""

import operator
from collections.abc import Callable, Iterable, Iterator
from math import floor

from tests.simulation.alarms.definitions import Alarm
from tests.simulation.alarms.expressions import evaluate
from tests.simulation.alarms.metrics import Metrics

MINUTE = 60.0

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_MISSING = {"breaching": True, "notBreaching": False}


def is_in_alarm(alarm: Alarm, metrics: Metrics, now: float) -> bool:
    """Return whether the alarm is in ALARM at a moment."""
    return sum(_breaches(alarm, metrics, now - alarm.period * number) for number in range(alarm.periods)) >= alarm.datapoints


def _breaches(alarm: Alarm, metrics: Metrics, end: float) -> bool:
    values = {name: metrics.value(series, end - series.period, end) for name, series in alarm.series.items()}
    found = evaluate(alarm.expression, values)
    return _MISSING[alarm.missing] if found is None else _COMPARISONS[alarm.comparison](found, alarm.threshold)


def rings(alarms: Iterable[Alarm], metrics: Metrics, start: float, end: float) -> Iterator[tuple[float, str]]:
    """Yield the whole minutes after `start`, up to `end`, at which an alarm is in ALARM, and which one."""
    known = list(alarms)
    for minute in range(floor(start / MINUTE) + 1, floor(end / MINUTE) + 1):
        yield from ((minute * MINUTE, alarm.name) for alarm in known if is_in_alarm(alarm, metrics, minute * MINUTE))


def first_ring(alarms: Iterable[Alarm], metrics: Metrics, start: float, end: float) -> tuple[float, str] | None:
    """Return the first of these; None if no alarm rings."""
    return next(rings(alarms, metrics, start, end), None)
