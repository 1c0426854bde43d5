"""A small upstream in memory, with the interface of `cliprelay.upstream.contract.Provider`; tests/contract holds both to the same rules.

A prompt asks for faults in the simulator's own words: `[sim create=429:7]`, `[sim outcome=never]`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cliprelay.errors import NoAnswer, NotAccepted, OutcomeUnknown, RefusedAccount, RefusedVideo, TaskNotFound, UpstreamError
from cliprelay.upstream.contract import Outcome, PaidRequest, ReadInput, Task
from cliprelay.upstream.myrouter.request import prepare
from cliprelay.video.record import Video

KEY = "upstream-key"

_DIRECTIVE = re.compile(r"\[sim ([^\]]*)\]")
_REFUSALS: dict[str, Callable[[], UpstreamError]] = {
    "429": lambda: NotAccepted("throttled", "the upstream is limiting the request rate"),
    "503": lambda: NotAccepted("throttled", "the upstream is limiting the request rate"),
    "302": lambda: RefusedAccount("redirected", "the upstream's address redirects"),
    "auth": lambda: RefusedAccount("upstream_key", "the upstream refused the account"),
    "balance": lambda: RefusedAccount("upstream_balance", "the upstream refused the account"),
    "balance-400": lambda: RefusedAccount("upstream_balance", "the upstream refused the account"),
    "moderation": lambda: RefusedVideo("moderated", "the upstream's moderation refused the content"),
    "invalid": lambda: RefusedVideo("invalid_request", "the upstream refused the request"),
    "no-route": lambda: RefusedVideo("model_unavailable", "the upstream does not offer this model"),
}
# Lost answers, after which the outcome is unknown: without a payment, and with one.
_FREE_SILENCES = ("drop", "reset", "500", "502-html")
_PAID_SILENCES = (
    "drop-after-accept",
    "reset-after-accept",
    "500-after-accept",
    "502-after-accept",
    "html",
    "empty",
    "empty-object",
    "null-id",
    "error-in-200",
    "truncated",
    "long-id",
)


@dataclass(frozen=True)
class Paid:
    """One accepted create, as in the ledger."""

    task_id: str
    path: str
    fields: dict[str, Any]

    @property
    def words(self) -> dict[str, str]:
        """The directives in its prompt."""
        return _words(self.fields["prompt"])


class FakeUpstream:
    """`key` is the accepted one, `asks_with` the one that polls send; `during` is called during every paid call."""

    def __init__(self, key: str = KEY, *, asks_with: str = KEY, during: Callable[[], None] | None = None) -> None:
        self.key, self.asks_with, self._during = key, asks_with, during
        self.ledger: list[Paid] = []
        self.keys_seen: list[str] = []
        self.patience: list[float | None] = []
        self._struck: set[str] = set()
        self._asked: dict[str, int] = {}

    submit_seconds = 120.0

    def prepare(self, video: Video, read_input: ReadInput) -> PaidRequest:
        return prepare(video, read_input)

    def create(self, request: PaidRequest, *, key: str, seconds: float | None = None) -> str:
        self.keys_seen.append(key)
        self.patience.append(seconds)
        if self._during:
            self._during()
        if key != self.key:
            raise _REFUSALS["auth"]()
        fields = json.loads(request.body)
        fault, _, argument = self._fault(fields["prompt"]).partition(":")
        if fault in _REFUSALS:
            raise _refusal(fault, argument)
        if fault in _FREE_SILENCES:
            raise OutcomeUnknown("no_answer", "the upstream received the whole request and did not answer")
        task_id = f"task-{len(self.ledger) + 1}"
        self.ledger.append(Paid(task_id, request.path, fields))
        if fault in _PAID_SILENCES:
            raise OutcomeUnknown("no_id", "the upstream answered without a task id")
        return task_id

    def task(self, task_id: str) -> Task:
        if self.asks_with != self.key:
            raise _REFUSALS["auth"]()
        paid = next((paid for paid in self.ledger if paid.task_id == task_id), None)
        if paid is None:
            raise TaskNotFound("lost_upstream", "the upstream does not know the task")
        self._asked[task_id] = self._asked.get(task_id, 0) + 1
        fault = paid.words.get("poll", "") if self._asked[task_id] == 1 else ""
        if fault == "404":
            raise TaskNotFound("lost_upstream", "the upstream does not know the task")
        if fault == "unknown-status":
            return Task(Outcome.RUNNING, known_word=False)
        if fault == "no-url":
            return Task(Outcome.SUCCEEDED)
        if fault:
            raise NoAnswer("http_500", "the upstream answered without a task")
        return _end(task_id, *paid.words.get("outcome", "succeed").split(":"))

    def _fault(self, prompt: str) -> str:
        """Raise the prompt's fault at its first create, or at every one if it says so."""
        fault = _words(prompt).get("create", "")
        if prompt in self._struck and not fault.endswith(":always"):
            return ""
        self._struck.add(prompt)
        return fault.removesuffix(":always")


def _words(prompt: str) -> dict[str, str]:
    words = " ".join(_DIRECTIVE.findall(prompt)).split()
    return dict(word.split("=", 1) for word in words)


def _refusal(fault: str, argument: str) -> UpstreamError:
    refusal = _REFUSALS[fault]()
    refusal.retry_after = float(argument) if argument else None
    return refusal


def _end(task_id: str, outcome: str, reason: str = "") -> Task:
    match outcome:
        case "never":
            return Task(Outcome.RUNNING, progress=50)
        case "fail":
            return Task(Outcome.FAILED, error_code="generation_failed", error_message=f"the upstream could not generate it ({reason})")
        case "moderated":
            return Task(Outcome.FAILED, error_code="moderated", error_message="the upstream's moderation refused the content")
        case "expired":
            return Task(Outcome.EXPIRED, error_code="expired", error_message="the upstream did not finish in the time allowed")
        case "cancelled":
            return Task(Outcome.CANCELED, error_code="canceled_upstream", error_message="the task was canceled at the upstream")
    return Task(Outcome.SUCCEEDED, progress=100, video_url=f"https://media.example.com/{task_id}.mp4")
