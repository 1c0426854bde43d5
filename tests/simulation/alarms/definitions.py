"""The alarms of template.yaml as data; a property that the evaluation does not know raises NotImplementedError."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Dimensions = frozenset[tuple[str, str]]

_TYPE = "AWS::CloudWatch::Alarm"
_OUTSIDE = {"AlarmDescription", "AlarmActions"}
_RULE = {"EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData"}
_PLAIN = {"Namespace", "MetricName", "Dimensions", "Statistic", "Period"}


@dataclass(frozen=True)
class Series:
    """One metric, its statistic and its period in seconds."""

    namespace: str
    name: str
    dimensions: Dimensions
    statistic: str
    period: int

    @property
    def metric(self) -> tuple[str, str, Dimensions]:
        return self.namespace, self.name, self.dimensions


@dataclass(frozen=True)
class Alarm:
    """Rings when `datapoints` of the last `periods` values of `expression` over the `series` compare with the threshold."""

    name: str
    series: Mapping[str, Series]
    expression: str
    period: int
    periods: int
    datapoints: int
    threshold: float
    comparison: str
    missing: str


def alarms_of(template: Mapping[str, Any]) -> list[Alarm]:
    """Return every alarm of a template."""
    return [_alarm(name, part["Properties"]) for name, part in template["Resources"].items() if part["Type"] == _TYPE]


def _alarm(name: str, properties: Mapping[str, Any]) -> Alarm:
    _refuse(name, properties.keys() - _OUTSIDE - _RULE - _PLAIN - {"Metrics"})
    series, expression = _metrics(name, properties)
    periods = {each.period for each in series.values()}
    if len(periods) != 1:
        raise NotImplementedError(f"{name}: periods {periods}")
    return Alarm(
        name,
        series,
        expression,
        periods.pop(),
        properties["EvaluationPeriods"],
        properties.get("DatapointsToAlarm", properties["EvaluationPeriods"]),
        properties["Threshold"],
        properties["ComparisonOperator"],
        properties.get("TreatMissingData", "missing"),
    )


def _metrics(name: str, properties: Mapping[str, Any]) -> tuple[dict[str, Series], str]:
    if "Metrics" not in properties:
        return {"m": _series(properties, properties["Statistic"], properties["Period"])}, "m"
    series, expressions = {}, []
    for query in properties["Metrics"]:
        _refuse(name, query.keys() - {"Id", "Label", "Expression", "ReturnData", "MetricStat"})
        if "Expression" in query:
            expressions.append(query["Expression"])
            continue
        stat = query["MetricStat"]
        _refuse(name, stat.keys() - {"Metric", "Period", "Stat"})
        if query.get("ReturnData", True):
            raise NotImplementedError(f"{name}: the alarm is on {query['Id']}, and not on the expression")
        series[query["Id"]] = _series(stat["Metric"], stat["Stat"], stat["Period"])
    (expression,) = expressions
    return series, expression


def _series(metric: Mapping[str, Any], statistic: str, period: int) -> Series:
    dimensions = frozenset((each["Name"], _logical(each["Value"])) for each in metric.get("Dimensions", ()))
    return Series(metric["Namespace"], metric["MetricName"], dimensions, statistic, period)


def _logical(value: Any) -> str:
    """Name a resource by its logical id."""
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    match function:
        case "Ref":
            return str(argument)
        case "Fn::GetAtt":
            return str(argument[0] if isinstance(argument, list) else argument.split(".")[0])
    raise NotImplementedError(f"{function} in a dimension")


def _refuse(name: str, unknown: set[str]) -> None:
    if unknown:
        raise NotImplementedError(f"{name}: {', '.join(sorted(unknown))}")
