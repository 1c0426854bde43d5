"""Runs statemachine/video.asl.json itself: each execution moves along it by events on the timeline.

It knows the state types and fields that the file uses, and refuses every other.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.simulation.runtime.clock import Timeline
from tests.support.memory_aws.step_functions import Execution
from tests.support.paths import ROOT

ASL = ROOT / "statemachine" / "video.asl.json"

# Events in the history, as Step Functions records them: entering and leaving a state; scheduling, starting and ending a task.
ENTERED_AND_LEFT, TRIED, FRAME = 2, 3, 2
HISTORY_QUOTA = 25_000
LARGEST_DATA = 262_144
# Between two states.
TRANSITION = 0.02

# What States.ALL does not catch.
UNCATCHABLE = frozenset({"States.DataLimitExceeded", "States.Runtime"})

_FIELDS = {
    "Task": {"Type", "Comment", "Resource", "Parameters", "OutputPath", "ResultPath", "TimeoutSeconds", "Retry", "Catch", "Next", "End"},
    "Wait": {"Type", "Comment", "Seconds", "SecondsPath", "Next"},
    "Choice": {"Type", "Comment", "Choices", "Default"},
    "Succeed": {"Type", "Comment"},
    "Fail": {"Type", "Comment", "Error", "Cause"},
}

Data = dict[str, Any]
Answered = Callable[[Data | None, str | None], None]  # the task's answer, or the name of its error
Invoke = Callable[[str, Data, Answered], None]


@dataclass
class Walk:
    """One execution on its way."""

    execution: Execution
    data: Data
    state: str = ""
    events: int = FRAME
    # Answers that belong to an earlier turn are ignored: the state has timed out, or the execution has ended.
    turn: int = 0
    tries: dict[int, int] = field(default_factory=dict)
    visits: dict[str, int] = field(default_factory=dict)


def load(path: Path = ASL, *, posters: bool = True) -> Data:
    """The definition with its literal substitutions; raises NotImplementedError for what this interpreter does not know.

    `posters` is whether the owner wants them.
    """
    definition: Data = json.loads(path.read_text().replace("${StatusWithPoster}", "succeeded" if posters else "none"))
    for name, state in definition["States"].items():
        if unknown := state.keys() - _FIELDS[state["Type"]]:
            raise NotImplementedError(f"{name}: {', '.join(unknown)}")
    return definition


class Workflow:
    """All executions of one definition; `closed` hears of every one that does not end green."""

    def __init__(self, definition: Data, timeline: Timeline, rng: Random, invoke: Invoke, closed: Callable[[Execution], None]) -> None:
        self._definition, self._timeline, self._rng, self._invoke, self._closed = definition, timeline, rng, invoke, closed
        self.walks: dict[str, Walk] = {}
        self.check: Callable[[str, Data], None] = lambda where, data: None

    def begin(self, execution: Execution) -> None:
        """Start walking."""
        walk = Walk(execution, json.loads(execution.input))
        self.walks[execution.name] = walk
        self.check("input", walk.data)
        self._timeline.after(self._definition["TimeoutSeconds"], lambda: self._time_out(walk))
        self._timeline.after(self._rng.uniform(0.05, 0.5), lambda: self._enter(walk, self._definition["StartAt"]))

    def stop(self, name: str) -> None:
        """Somebody aborts the execution."""
        self._close(self.walks[name], "ABORTED")

    def _time_out(self, walk: Walk) -> None:
        self._close(walk, "TIMED_OUT")

    def _close(self, walk: Walk, status: str) -> None:
        if walk.execution.status != "RUNNING":
            return
        walk.execution.status, walk.execution.closed = status, self._timeline.now
        walk.turn += 1
        if status != "SUCCEEDED":
            self._closed(walk.execution)

    def _enter(self, walk: Walk, name: str) -> None:
        if walk.execution.status != "RUNNING":
            return None
        walk.state, walk.tries = name, {}
        walk.visits[name] = walk.visits.get(name, 0) + 1
        walk.events += ENTERED_AND_LEFT
        if walk.events > HISTORY_QUOTA:
            return self._close(walk, "FAILED")
        state = self._definition["States"][name]
        match state["Type"]:
            case "Task":
                self._try(walk, state)
            case "Wait":
                seconds = state["Seconds"] if "Seconds" in state else self._found(walk, state["SecondsPath"])
                self._go_on(walk, state["Next"], seconds)
            case "Choice":
                self._go_on(walk, self._chosen(walk, state))
            case "Succeed":
                self._close(walk, "SUCCEEDED")
            case "Fail":
                self._close(walk, "FAILED")
        return None

    def _go_on(self, walk: Walk, name: str, seconds: float = TRANSITION) -> None:
        turn = walk.turn

        def enter() -> None:
            if walk.turn == turn:
                self._enter(walk, name)

        self._timeline.after(seconds, enter)

    def _found(self, walk: Walk, path: str) -> Any:
        return walk.data[path.removeprefix("$.")]

    def _chosen(self, walk: Walk, state: Data) -> str:
        for choice in state["Choices"]:
            rules = choice.get("And", [choice])
            if any(set(rule) - {"Next"} != {"Variable", "StringEquals"} for rule in rules):
                raise NotImplementedError(f"a choice with {choice}")
            if all(self._found(walk, rule["Variable"]) == rule["StringEquals"] for rule in rules):
                return str(choice["Next"])
        return str(state["Default"])

    # Tasks

    def _try(self, walk: Walk, state: Data) -> None:
        walk.turn += 1
        walk.events += TRIED
        turn, function = walk.turn, state["Parameters"]["FunctionName"]
        parameters = state["Parameters"]["Payload"].items()
        paths = {name.removesuffix(".$"): self._found(walk, path) for name, path in parameters if name.endswith(".$")}
        payload = {**paths, **{name: literal for name, literal in parameters if not name.endswith(".$")}}

        def answered(answer: Data | None, error: str | None) -> None:
            if walk.turn != turn:
                return
            walk.turn += 1
            if error is None and answer is not None:
                self._succeed(walk, state, answer)
            else:
                self._fail(walk, state, error or "States.Runtime")

        self._timeline.after(state["TimeoutSeconds"], lambda: answered(None, "States.Timeout"))
        self._invoke(function, payload, answered)

    def _succeed(self, walk: Walk, state: Data, answer: Data) -> None:
        if "ResultPath" not in state and state.get("OutputPath") != "$.Payload":
            raise NotImplementedError("a task without OutputPath $.Payload")
        if state.get("ResultPath", ...) not in (..., None):
            raise NotImplementedError("a result that is added to the input")
        if len(json.dumps(answer)) > LARGEST_DATA:
            return self._fail(walk, state, "States.DataLimitExceeded")
        walk.data = walk.data if "ResultPath" in state else answer
        self.check(walk.state, answer)
        return self._close(walk, "SUCCEEDED") if state.get("End") else self._go_on(walk, state["Next"])

    def _fail(self, walk: Walk, state: Data, error: str) -> None:
        for number, retry in enumerate(state.get("Retry", ())):
            if self._names(retry, error) and walk.tries.get(number, 0) < retry["MaxAttempts"]:
                walk.tries[number] = walk.tries.get(number, 0) + 1
                return self._retry(walk, state, retry, walk.tries[number])
        for catch in state.get("Catch", ()):
            if self._names(catch, error):
                if catch["ResultPath"] is not None:
                    raise NotImplementedError("a caught error that travels on")
                return self._go_on(walk, catch["Next"])
        return self._close(walk, "FAILED")

    def _retry(self, walk: Walk, state: Data, retry: Data, attempt: int) -> None:
        seconds = min(retry["IntervalSeconds"] * retry["BackoffRate"] ** (attempt - 1), retry["MaxDelaySeconds"])
        if retry["JitterStrategy"] == "FULL":
            seconds = self._rng.uniform(0, seconds)
        turn = walk.turn
        self._timeline.after(seconds, lambda: self._try(walk, state) if walk.turn == turn else None)

    @staticmethod
    def _names(rule: Data, error: str) -> bool:
        return error in rule["ErrorEquals"] or ("States.ALL" in rule["ErrorEquals"] and error not in UNCATCHABLE)
