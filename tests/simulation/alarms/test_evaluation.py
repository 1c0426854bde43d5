"""The evaluation reads the template's alarms and rings when CloudWatch would."""

from dataclasses import replace
from typing import Any

import pytest

from tests.simulation.alarms.board import template_alarms
from tests.simulation.alarms.definitions import Alarm, Series, alarms_of
from tests.simulation.alarms.evaluation import first_ring, is_in_alarm
from tests.simulation.alarms.expressions import evaluate
from tests.simulation.alarms.metrics import Metrics, metric

ERRORS, CALLS = metric("AWS/Lambda", "Errors", FunctionName="F"), metric("AWS/Lambda", "Invocations", FunctionName="F")
LETTERS = metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="Q")


def _series(which: Any, statistic: str = "Sum") -> Series:
    namespace, name, dimensions = which
    return Series(namespace, name, dimensions, statistic, 300)


def _alarm(**changes: Any) -> Alarm:
    plain = Alarm("any", {"m": _series(ERRORS)}, "m", 300, 1, 1, 3, "GreaterThanThreshold", "notBreaching")
    return replace(plain, **changes)


def _at(which: Any, *moments: float) -> Metrics:
    metrics = Metrics()
    for moment in moments:
        metrics.add(which, moment)
    return metrics


def test_every_alarm_of_the_template_is_understood() -> None:
    alarms = {alarm.name: alarm for alarm in template_alarms()}
    assert len(alarms) >= 20
    assert set(alarms["StepErrorsAlarm"].series) == {"submit", "poll", "archive", "thumbnail", "notify", "deliver"}


@pytest.mark.parametrize(("moments", "is_ringing"), [((10, 20, 30), False), ((10, 20, 30, 40), True), ((-10, 0, 20, 30, 301), False)])
def test_samples_count_from_after_the_start_of_a_period_to_its_end(moments: tuple[float, ...], is_ringing: bool) -> None:
    assert is_in_alarm(_alarm(), _at(ERRORS, *moments), 300) is is_ringing


def test_an_alarm_is_evaluated_each_minute_over_the_periods_that_end_there() -> None:
    metrics = _at(ERRORS, 290, 295, 305, 310)  # two in each period of a clock, and four within five minutes
    assert first_ring([_alarm()], metrics, 0, 1_200) == (360, "any")
    assert first_ring([_alarm()], metrics, 600, 1_200) is None


@pytest.mark.parametrize(("missing", "is_ringing"), [("notBreaching", False), ("breaching", True)])
def test_missing_datapoints_count_as_the_alarm_says(missing: str, is_ringing: bool) -> None:
    assert is_in_alarm(_alarm(missing=missing), Metrics(), 300) is is_ringing


def test_so_many_of_the_last_periods_must_breach() -> None:
    alarm = _alarm(periods=4, datapoints=2, threshold=0)
    assert not is_in_alarm(alarm, _at(ERRORS, 10, 20), 1_200)
    assert is_in_alarm(alarm, _at(ERRORS, 10, 610), 1_200)


def test_a_count_of_samples_ignores_their_values() -> None:
    metrics = Metrics()
    metrics.add(CALLS, 10, 0.0)
    alarm = _alarm(series={"m": _series(CALLS, "SampleCount")}, threshold=1, comparison="LessThanThreshold", missing="breaching")
    assert not is_in_alarm(alarm, metrics, 300)
    assert is_in_alarm(alarm, metrics, 900)


def test_a_message_stays_visible_until_somebody_removes_it() -> None:
    alarm = _alarm(series={"m": _series(LETTERS, "Maximum")}, threshold=0)
    assert is_in_alarm(alarm, _at(LETTERS, 10), 86_400)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a", 2),
        ("SUM([a, b])", 2),
        ("SUM([FILL(a, 0), FILL(b, 0)])", 2),
        ("FILL(b, 7)", 7),
        ("a + b", None),
        ("a * 3 - 1", 5),
        ("MAX([b])", None),
    ],
)
def test_metric_math_treats_missing_values_as_cloudwatch_does(expression: str, value: float | None) -> None:
    assert evaluate(expression, {"a": 2.0, "b": None}) == value


@pytest.mark.parametrize("expression", ["RATE(a)", "a > 1", "METRICS()", "FILL(a, REPEAT)"])
def test_unknown_metric_math_is_refused(expression: str) -> None:
    with pytest.raises(NotImplementedError):
        evaluate(expression, {"a": 2.0})


def test_an_alarm_with_an_unknown_property_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="ExtendedStatistic"):
        alarms_of({"Resources": {"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"ExtendedStatistic": "p99"}}}})
