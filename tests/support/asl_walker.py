"""Runs a real state machine file on a virtual clock, and counts what Step Functions would record and bill.

It knows the state types that the file uses and refuses every other; a test compares its counts with moto's real histories.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.makers import OwnedClock
from tests.support.paths import ROOT

MACHINES = ROOT / "statemachine"

# History events per state: a task is entered, scheduled, started, succeeded or failed, and exited.
TASK_EVENTS, FAILED_TASK_EVENTS, PASSING_EVENTS = 5, 5, 2
# ExecutionStarted and ExecutionSucceeded (or Failed).
FRAME_EVENTS = 2


@dataclass
class Walked:
    """The result of one execution."""

    output: dict[str, Any]
    ended: str
    last: str = ""
    transitions: int = 0
    events: int = FRAME_EVENTS
    visits: dict[str, int] = field(default_factory=dict)


def walk(
    data: dict[str, Any],
    steps: dict[str, Callable[[dict[str, Any]], dict[str, Any]]],
    clock: OwnedClock,
    machine_name: str = "video",
    folder: Path = MACHINES,
    status_with_poster: str = "succeeded",
) -> Walked:
    """Run the machine from its start with `steps` (state name to handler) until it ends.

    `status_with_poster` is what the template puts in: `none` if the owner wants no posters.
    """
    machine = json.loads((folder / f"{machine_name}.asl.json").read_text().replace("${StatusWithPoster}", status_with_poster))
    walked, name = Walked(data, "running"), machine["StartAt"]
    while walked.ended == "running":
        state = machine["States"][name]
        walked.transitions += 1
        walked.visits[name] = walked.visits.get(name, 0) + 1
        name = _enter(name, state, steps, clock, walked)
    return walked


def _enter(name: str, state: dict[str, Any], steps: dict[str, Any], clock: OwnedClock, walked: Walked) -> str:
    match state["Type"]:
        case "Task":
            return _task(name, state, steps[name], walked)
        case "Pass":
            walked.events += PASSING_EVENTS
            walked.output = {**walked.output, state["ResultPath"].removeprefix("$."): state["Result"]}
            return str(state["Next"])
        case "Wait":
            walked.events += PASSING_EVENTS
            clock.advance(state["Seconds"] if "Seconds" in state else walked.output[state["SecondsPath"].removeprefix("$.")])
            return str(state["Next"])
        case "Choice":
            walked.events += PASSING_EVENTS
            return next((str(c["Next"]) for c in state["Choices"] if _holds(c, walked.output)), str(state["Default"]))
        case "Succeed" | "Fail" as kind:
            walked.events += PASSING_EVENTS if kind == "Succeed" else 1
            walked.ended, walked.last = kind, name
            return ""
    raise NotImplementedError(state["Type"])


def _task(name: str, state: dict[str, Any], step: Callable[[dict[str, Any]], dict[str, Any]], walked: Walked) -> str:
    payload = dict(_parameter(name, value, walked.output) for name, value in state["Parameters"]["Payload"].items())
    try:
        answer = step(payload)
        walked.output = walked.output if "ResultPath" in state else answer
    except Exception:
        walked.events += FAILED_TASK_EVENTS
        return str(state["Catch"][0]["Next"])
    walked.events += TASK_EVENTS
    if state.get("End"):
        walked.ended, walked.last = "Succeed", name
        return ""
    return str(state["Next"])


def _parameter(name: str, value: Any, data: dict[str, Any]) -> tuple[str, Any]:
    """Return a parameter: a path into the data, or a literal."""
    return (name.removesuffix(".$"), data[value.removeprefix("$.")]) if name.endswith(".$") else (name, value)


def _holds(choice: dict[str, Any], data: dict[str, Any]) -> bool:
    if "And" in choice:
        return all(_holds(rule, data) for rule in choice["And"])
    return bool(data.get(choice["Variable"].removeprefix("$.")) == choice["StringEquals"])
