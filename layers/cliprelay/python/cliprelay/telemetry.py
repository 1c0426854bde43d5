"""Clock, logger and metrics of an invocation."""

import logging
import sys
import threading
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import PurePath
from typing import Any, TextIO

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

SERVICE = "cliprelay"


def clock() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@cache
def _logger() -> Logger:
    # The modules' loggers are children of this one by name.
    logger = Logger(service=SERVICE)
    _log_libraries()
    return logger


def log_as(step: str, event: Mapping[str, Any], context: Any) -> None:
    """Add the step, the video and the request id to every log line of this invocation."""
    known = {"video_id": event["video_id"], "run": event.get("run")} if "video_id" in event else {}
    _logger().clear_state()
    _logger().append_keys(step=step, function_request_id=getattr(context, "aws_request_id", None), **known)


def log_failed_init(error: Exception) -> None:
    """Log the type of an error during INIT; the invocation reports the error itself."""
    _logger().warning("not built in advance", extra={"error_type": type(error).__name__})


def _log_libraries() -> None:
    """Make one JSON line of each message, warning and stray exception of a library."""
    logging.getLogger().handlers[:] = [_LibraryMessages(logging.WARNING)]
    warnings.showwarning = _log_warning
    threading.excepthook = lambda args: _log_stray(args.exc_type)
    sys.unraisablehook = lambda args: _log_stray(args.exc_type)


class _LibraryMessages(logging.Handler):
    """Logs only where a library's message comes from: its text and traceback may contain a signed URL."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] != SERVICE:  # ours propagate to the root logger, too
            place = {"library": record.name, "place": _place(record.pathname, record.lineno)}
            error = {"error": record.exc_info[0].__name__} if record.exc_info and record.exc_info[0] else {}
            _library().log(record.levelno, "message of a library", extra={**place, **error})


def _log_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None, line: str | None = None
) -> None:
    """Log a Python warning without its text, which can be a traceback of many lines."""
    _library().warning("warning of a library", extra={"code": category.__name__, "place": _place(filename, lineno)})


def _log_stray(kind: type[BaseException]) -> None:
    """Log an exception that nothing can catch: of a thread, or of an object's end."""
    _library().error("stray exception", extra={"code": kind.__name__})


def _library() -> logging.Logger:
    return logging.getLogger(f"{SERVICE}.library")


def _place(path: str, line: int) -> str:
    """Return the last two parts of a path, and the line."""
    return f"{'/'.join(PurePath(path).parts[-2:])}:{line}"


def measure(name: str, value: float) -> None:
    """Record a value of a metric in the namespace from the template."""
    with single_metric(name=name, unit=MetricUnit.Count, value=value) as metric:
        metric.add_dimension("service", SERVICE)


def count(name: str) -> None:
    """Increment a metric by one."""
    measure(name, 1)
