"""Print one line per step as it happens: ids, states and waits, never contents."""

import json
import re
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from local.lambda_runtime.sandbox import InvocationResult
from local.stack.context import Function

VIDEO_ID = re.compile(r"^vid_[0-9A-Za-z]{1,40}$")

# Status words are printed; any other value in a result is not, because it might hold contents.
WORD = re.compile(r"^[a-z_]{1,30}$")

# The steps and states that leave a reason in the record.
STEPS_WITH_REASON = ("submit", "poll", "archive")
STATES_WITH_REASON = ("queued", "failed", "expired", "canceled", "unconfirmed")

# What a step does after its wait, if it does not poll.
AFTER_WAIT = {"deliver": "try again"}


class ProgressLog:
    """Prints whole lines from any thread."""

    def __init__(
        self, functions: dict[str, Function], print_line: Callable[[str], None], reason_of: Callable[[str], str], time_scale: float
    ) -> None:
        """`reason_of` returns the code of the reason why a video waits or has failed, or an empty string."""
        self._functions = functions
        self._print = print_line
        self._reason_of = reason_of
        self._time_scale = time_scale
        self._lock = threading.Lock()
        self._silent = False

    def write(self, subject: str, text: str) -> None:
        with self._lock:
            if not self._silent:
                self._print(f"{datetime.now().astimezone():%H:%M:%S} {subject:<30} {text}")

    def silence(self) -> None:
        """Stop printing, because errors during shutdown are expected."""
        with self._lock:
            self._silent = True

    def log_invocation(self, function_name: str, event: Any, result: InvocationResult) -> None:
        """Print the result of an invocation."""
        step = self._functions[function_name].step
        if result.is_error:
            self.write(_video_of(event) or "-", f"{step:<8} {result.error_type}")
        elif step == "api":
            self._log_api(result)
        elif _video_of(event):
            self._log_step(_video_of(event), step, json.loads(result.payload))

    def _log_step(self, video: str, step: str, result: Any) -> None:
        has_reason = step in STEPS_WITH_REASON and isinstance(result, dict) and result.get("status") in STATES_WITH_REASON
        reason = _word(self._reason_of(video)) if has_reason else ""
        self.write(video, f"{step:<8} {_summary(result, step, reason, self._time_scale)}")

    def log_execution(self, event: Any) -> None:
        """Print a failed execution; a successful one has been reported by its last step."""
        run = event["detail"]
        if run["status"] != "SUCCEEDED":
            self.write(run["name"], f"{'run':<8} {run['status']} {run['error'] or ''}".rstrip())

    def log_load_failure(self, function: Function, result: InvocationResult) -> None:
        """Print that a function cannot be loaded; its log has the traceback."""
        self.write("-", f"{function.step:<8} cannot be loaded: {result.error_type}, see {function.logical_id}.log")

    def _log_api(self, result: InvocationResult) -> None:
        answer = json.loads(result.payload)
        if not isinstance(answer, dict) or answer.get("statusCode") != 202:
            return
        try:
            video_id = _video_of(json.loads(answer.get("body") or ""))
        except ValueError:
            return
        if video_id:
            self.write(video_id, f"{'api':<8} accepted")


def _video_of(document: Any) -> str:
    """Return the video id in an event or response, or an empty string."""
    found = document.get("video_id") or document.get("id") if isinstance(document, dict) else None
    return found if isinstance(found, str) and VIDEO_ID.match(found) else ""


def _summary(result: Any, step: str, reason: str, time_scale: float) -> str:
    if not isinstance(result, dict):
        return "answered"
    status, following, wait = _word(result.get("status")), result.get("next"), result.get("wait")
    parts = [f"{status} ({reason})" if status and reason else status]
    if following == "wait" or following == "submit":
        then = "submit" if following == "submit" else AFTER_WAIT.get(step, "ask again")
        parts.append(f"next: {then} in {_seconds(wait * time_scale)}" if isinstance(wait, int | float) else f"next: {following}")
    elif step == "deliver":
        parts.append(_word(following))
    elif following:
        parts.append(f"next: {_word(following)}")
    return " · ".join(part for part in parts if part) or "answered"


def _seconds(value: float) -> str:
    """Format the seconds that really pass, as `18 s` or `0.36 s`."""
    return f"{value:.0f} s" if value >= 10 else f"{value:.2g} s"


def _word(value: Any) -> str:
    return value if isinstance(value, str) and WORD.match(value) else ""
