"""Clock, logger and metrics of an invocation."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric


def clock() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@cache
def _logger() -> Logger:
    # The modules' loggers are children of this one by name.
    return Logger(service="cliprelay")


def log_as(step: str, event: Mapping[str, Any], context: Any) -> None:
    """Add the step, the video and the request id to every log line of this invocation."""
    known = {"video_id": event["video_id"], "run": event.get("run")} if "video_id" in event else {}
    _logger().clear_state()
    _logger().append_keys(step=step, function_request_id=getattr(context, "aws_request_id", None), **known)


def measure(name: str, value: float) -> None:
    """Record a value of a metric in the namespace from the template."""
    with single_metric(name=name, unit=MetricUnit.Count, value=value) as metric:
        metric.add_dimension("service", "cliprelay")


def count(name: str) -> None:
    """Increment a metric by one."""
    measure(name, 1)
