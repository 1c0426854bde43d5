"""Print one line per step as it happens: ids, states and waits, never contents."""

import json
import re
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from local.lambda_runtime.sandbox import InvocationResult
from local.serve import wording
from local.serve.reasons import Reason
from local.stack.context import Function

VIDEO_ID = re.compile(r"^vid_[0-9A-Za-z]{1,40}$")


class ProgressLog:
    """Prints whole lines from any thread."""

    def __init__(
        self, functions: dict[str, Function], print_line: Callable[[str], None], reason_of: Callable[[str], Reason], time_scale: float
    ) -> None:
        """`reason_of` returns what the record of a video says about its wait or end."""
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
            self.write(_video_of(event) or "-", f"{step:<8} {wording.of_failure(step, result, self._time_scale)}")
        elif step == "api":
            self._log_api(result)
        elif _video_of(event):
            self._log_step(step, event, json.loads(result.payload))
        elif step == "sweep":
            self._log_sweep(json.loads(result.payload))

    def _log_step(self, step: str, event: Any, result: Any) -> None:
        video = _video_of(event)
        reason = self._reason_of(video) if wording.needs_record(step, result) else Reason()
        self.write(video, f"{step:<8} {wording.of_result(step, event, result, reason, self._time_scale)}")

    def _log_sweep(self, result: Any) -> None:
        """Print a sweep that has repaired something; most have not."""
        revived = result.get("revived") if isinstance(result, dict) else None
        if isinstance(revived, int) and revived > 0:
            self.write("-", f"{'sweep':<8} has started {revived} again whose execution had stopped")

    def log_execution(self, event: Any) -> None:
        """Print a failed execution; a successful one has been reported by its last step."""
        run = event["detail"]
        if run["status"] != "SUCCEEDED":
            self.write(run["name"], f"{'run':<8} {' '.join(filter(None, (run['status'], run['error'])))} · the sweep continues it")

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
            self.write(video_id, f"{'api':<8} accepted · submits it now")


def _video_of(document: Any) -> str:
    """Return the video id in an event or response, or an empty string."""
    found = document.get("video_id") or document.get("id") if isinstance(document, dict) else None
    return found if isinstance(found, str) and VIDEO_ID.match(found) else ""
