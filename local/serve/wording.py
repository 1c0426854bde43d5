"""Say in plain words what a step did, why, and what follows: codes and seconds, never contents."""

import json
import re
from typing import Any

from local.lambda_runtime.sandbox import InvocationResult
from local.serve.reasons import Reason

# Status words and codes are printed; any other value is not, because it might hold contents.
WORD = re.compile(r"^[a-z0-9_]{1,40}$")
# Every step is repeated after this time if its function fails: the states `…Again` of statemachine/.
AGAIN_SECONDS = 60

# Why a queued video is not submitted yet.
WAITING = {
    "not_before": "waits for the time that the order asks for",
    "expired": "the time that the order set for its submit is over",
    "paused": "waits until the operator resumes",
    "slow_preparation": "preparing it took too long to pay safely",
    "throttled": "waits for the upstream's limit",
    "upstream_unreachable": "the upstream cannot be reached",
    "upstream_balance": "waits for credit at the upstream",
    "upstream_quota": "waits for a higher quota at the upstream",
    "upstream_key": "waits for a key that the upstream accepts",
    "upstream_key_missing": "waits for the upstream's key",
    "redirected": "waits for an upstream URL that does not redirect",
    "claim_too_late": "its claim came too late, and nothing was sent",
}
# Of the steps whose wait or end has a reason in the record: the states that have one.
_STATES_WITH_REASON = {
    "submit": ("queued", "failed", "unconfirmed"),
    "poll": ("running", "archiving", "failed", "expired", "canceled", "unconfirmed"),
    "archive": ("archiving", "failed"),
}
_NOW = {"archive": "copies the file now", "notify": "announces it now"}
_DELIVERED = {
    "delivered": "the receiver has accepted the event",
    "disabled": "the endpoint is gone or was removed; no more attempts",
    "exhausted": "all attempts have failed; the event is in the dead-letter queue",
    "done": "nothing to do: the delivery is over or goes on under another number",
}
_RESOLVE = "whether it was paid is unknown; `operate videos resolve` decides"

_AWS_ERROR = re.compile(r"^An error occurred \((\w{1,60})\) when calling the (\w{1,60}) operation")
_NO_ANSWER = {"EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ConnectionClosedError", "ConnectionError"}
_OF_SANDBOXES = {
    "Sandbox.Timedout": "took longer than its function may",
    "Sandbox.StartError": "could not be started",
    "Runtime.ExitError": "its process has ended",
    "Runtime.ImportModuleError": "cannot be loaded",
}
_AFTER_FAILURE = {"api": "the client gets a 500", "sweep": "the next sweep continues", "thumbnail": "goes on without a poster"}


def needs_record(step: str, result: Any) -> bool:
    """Return whether the record says more about a result; most results of a video that gets on need no look at it."""
    if not isinstance(result, dict) or result.get("next") in ("archive", "done"):
        return False
    return result.get("status") in _STATES_WITH_REASON.get(step, ())


def of_result(step: str, event: Any, result: Any, reason: Reason, time_scale: float) -> str:
    """Say what a step has returned and what follows from it."""
    if not isinstance(result, dict):
        return "answered"
    if step == "deliver":
        return _of_delivery(event, result, time_scale)
    status = word(result.get("status"))
    code = _code(step, status, reason)
    parts = [f"{status} ({code})" if status and code else status, _why(step, status, reason), _then(step, status, code, result, time_scale)]
    return " · ".join(part for part in parts if part) or "answered"


def of_failure(step: str, failed: InvocationResult, time_scale: float) -> str:
    """Say why a function failed, as far as that holds no contents, and what follows."""
    then = _AFTER_FAILURE.get(step, f"tries again in {seconds(AGAIN_SECONDS * time_scale)}")
    return " · ".join(part for part in (failed.error_type, _cause(failed), then) if part)


def _cause(failed: InvocationResult) -> str:
    known = _AWS_ERROR.match(str(json.loads(failed.payload).get("errorMessage", "")))
    if known:
        return f"AWS answered {known[1]} to {known[2]}"
    if failed.error_type in _NO_ANSWER:
        return "AWS did not answer"
    return _OF_SANDBOXES.get(failed.error_type, "")


def _code(step: str, status: str, reason: Reason) -> str:
    if step == "archive" and status == "archiving":
        return ", ".join(code for code in map(word, reason.refusals) if code)
    return word(reason.code)


def _why(step: str, status: str, reason: Reason) -> str:
    match step, status:
        case "submit", "queued":
            return WAITING.get(reason.code, "") or ("waits for the upstream" if reason.code else "")
        case "submit" | "poll", "submitting":
            return "another Submit holds the claim"
        case "poll", "running" | "archiving" if reason.misses:
            return f"the upstream's answer has no result ({reason.misses} in a row)"
        case "poll", "running" | "archiving" if reason.is_silent:
            return "the upstream gives no usable answer"
        case "archive", "archiving":
            return f"copy {reason.copies} has failed" if reason.copies else "the copy has failed"
        case "submit" | "poll", "unconfirmed":
            return _RESOLVE
    return ""


def _then(step: str, status: str, code: str, result: dict[str, Any], time_scale: float) -> str:
    following, wait = result.get("next"), result.get("wait")
    if following in ("wait", "submit"):
        soon = f"in {seconds(wait * time_scale)}" if isinstance(wait, int | float) else "soon"
        return f"{_question(status, code, following)} {soon}"
    return _ended(step, status) if following == "done" else _NOW.get(str(following), "")


def _ended(step: str, status: str) -> str:
    if not status:
        return "nothing to do: the video is gone or has a later run"
    if step != "notify":
        return "nothing left to do"
    return f"announced · {_RESOLVE}" if status == "unconfirmed" else "announced"


def _question(status: str, code: str, following: str) -> str:
    if following == "submit":
        return "tries again" if code else "submits it"
    return {"running": "next question", "archiving": "asks for a new link"}.get(status, "looks again")


def _of_delivery(event: Any, result: dict[str, Any], time_scale: float) -> str:
    wait, attempt = result.get("wait"), result.get("attempt")
    if result.get("next") != "wait" or not isinstance(wait, int | float) or not isinstance(attempt, int):
        return _DELIVERED.get(str(result.get("next")), "answered")
    passed = seconds(wait * time_scale)
    if isinstance(event, dict) and event.get("attempt") == attempt:
        return f"another invocation is sending · looks again in {passed}"
    return f"attempt {attempt} has failed · tries again in {passed}"


def seconds(value: float) -> str:
    """Format the seconds that really pass, as `18 s` or `0.36 s`."""
    return f"{value:.0f} s" if value >= 10 else f"{value:.2g} s"


def word(value: Any) -> str:
    """Return a status word or code, or an empty text for anything else."""
    return value if isinstance(value, str) and WORD.match(value) else ""
