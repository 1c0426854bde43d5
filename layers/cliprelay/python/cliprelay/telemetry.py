"""The clock, the log and the metrics of an invocation."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric


def clock() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


@cache
def _logger() -> Logger:
    # The modules' own loggers are children of this one by name.
    return Logger(service="cliprelay")


def log_as(step: str, event: Mapping[str, Any], context: Any) -> None:
    """Give every log line of this invocation its step, its video and its request id."""
    known = {"video_id": event["video_id"], "run": event.get("run")} if "video_id" in event else {}
    _logger().clear_state()
    _logger().append_keys(step=step, function_request_id=getattr(context, "aws_request_id", None), **known)


def measure(name: str, value: float) -> None:
    """Set a metric of the namespace that the template names."""
    with single_metric(name=name, unit=MetricUnit.Count, value=value) as metric:
        metric.add_dimension("service", "cliprelay")


def count(name: str) -> None:
    """Add one to a metric."""
    measure(name, 1)
