"""Says what happens, one line each, as it happens: ids, states and waits, never contents."""

import json
import re
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from local.lambda_runtime.sandbox import Outcome
from local.stack.context import Function

VIDEO_ID = re.compile(r"^vid_[0-9A-Za-z]{1,40}$")

# Words that steps answer with; anything else a handler might return stays unprinted.
WORD = re.compile(r"^[a-z_]{1,20}$")

# What a step does after the wait that it orders, where it does not ask.
AGAIN = {"deliver": "try again"}


class Narrator:
    """Writes whole lines, one thread at a time."""

    def __init__(self, functions: dict[str, Function], print_line: Callable[[str], None]) -> None:
        self._functions = functions
        self._print = print_line
        self._lock = threading.Lock()
        self._silent = False

    def say(self, subject: str, text: str) -> None:
        with self._lock:
            if not self._silent:
                self._print(f"{datetime.now().astimezone():%H:%M:%S} {subject:<30} {text}")

    def silence(self) -> None:
        """The service stops; what fails now fails because of that."""
        with self._lock:
            self._silent = True

    def tell(self, function_name: str, event: Any, outcome: Outcome) -> None:
        """Called after every invocation."""
        step = self._functions[function_name].step
        if outcome.is_error:
            self.say(_video_of(event) or "-", f"{step:<8} {outcome.error_type}")
        elif step == "api":
            self._tell_api(outcome)
        elif _video_of(event):
            self.say(_video_of(event), f"{step:<8} {_summary(json.loads(outcome.payload), step)}")

    def tell_run(self, event: Any) -> None:
        """Called at the end of every execution; a green one has been told by its last step."""
        run = event["detail"]
        if run["status"] != "SUCCEEDED":
            self.say(run["name"], f"{'run':<8} {run['status']} {run['error'] or ''}".rstrip())

    def tell_broken(self, function: Function, outcome: Outcome) -> None:
        """Called when a function cannot even be loaded; its log has the traceback."""
        self.say("-", f"{function.step:<8} cannot be loaded: {outcome.error_type}, see {function.logical_id}.log")

    def _tell_api(self, outcome: Outcome) -> None:
        answer = json.loads(outcome.payload)
        if not isinstance(answer, dict) or answer.get("statusCode") != 202:
            return
        try:
            video_id = _video_of(json.loads(answer.get("body") or ""))
        except ValueError:
            return
        if video_id:
            self.say(video_id, f"{'api':<8} accepted")


def _video_of(document: Any) -> str:
    """The id in an event or an answer; an empty text if there is none that looks like one."""
    found = document.get("video_id") or document.get("id") if isinstance(document, dict) else None
    return found if isinstance(found, str) and VIDEO_ID.match(found) else ""


def _summary(result: Any, step: str) -> str:
    if not isinstance(result, dict):
        return "answered"
    status, following, wait = result.get("status"), result.get("next"), result.get("wait")
    parts = [_word(status)]
    if following == "wait" or following == "submit":
        then = "submit" if following == "submit" else AGAIN.get(step, "ask again")
        parts.append(f"next: {then} in {wait} s" if isinstance(wait, int | float) else f"next: {following}")
    elif step == "deliver":
        parts.append(_word(following))
    elif following:
        parts.append(f"next: {_word(following)}")
    return " · ".join(part for part in parts if part) or "answered"


def _word(value: Any) -> str:
    return value if isinstance(value, str) and WORD.match(value) else ""
