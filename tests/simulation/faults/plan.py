"""What can go wrong with one external call, and who decides that it does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Protocol


class Fault(StrEnum):
    """A disturbance of one call, whether it goes to AWS or to the upstream."""

    DIE_BEFORE = "die before"  # the process ends before the request leaves
    DIE_AFTER = "die after"  # the request had its effect, the process ends before it hears so
    UNSENT = "unsent"  # no connection; nothing happened
    REFUSED = "refused"  # throttled, or an error of the service; nothing happened
    LOST = "answer lost"  # the request had its effect, the answer does not arrive
    BROKEN = "error after effect"  # the request had its effect, and an error is answered
    LATE = "late effect"  # no answer, and the effect comes only after the caller gave up
    SLOW = "slow"  # an answer after seconds


Point = tuple[str, int, int]  # a step, which run of it, which call of that run


@dataclass(frozen=True)
class Call:
    """One external call: the `index`-th of the `number`-th run of a step."""

    step: str
    number: int
    index: int
    name: str

    @property
    def point(self) -> Point:
        return self.step, self.number, self.index


class Plan(Protocol):
    """Decides about each call as it is made."""

    def choose(self, call: Call) -> Fault | None: ...


class NoFaults:
    """Everything works."""

    def choose(self, call: Call) -> Fault | None:
        return None


# How often each disturbance is drawn. Deaths are rarer than in a fair draw: otherwise no video would reach the later steps often.
WEIGHTS: Mapping[Fault, float] = {
    Fault.DIE_BEFORE: 6,
    Fault.DIE_AFTER: 6,
    Fault.UNSENT: 22,
    Fault.REFUSED: 28,
    Fault.LOST: 18,
    Fault.BROKEN: 8,
    Fault.LATE: 4,
    Fault.SLOW: 8,
}


class RandomFaults:
    """Disturbs a share of all calls."""

    def __init__(self, rng: Random, rate: float, weights: Mapping[Fault, float] = WEIGHTS) -> None:
        self._rng, self._rate = rng, rate
        self._kinds, self._weights = list(weights), list(weights.values())

    def choose(self, call: Call) -> Fault | None:
        if self._rng.random() >= self._rate:
            return None
        return self._rng.choices(self._kinds, self._weights)[0]


@dataclass
class ScriptedFaults:
    """Disturbs exactly the calls at the given points; `lasting`: every repetition of such a call by the SDK gets no connection."""

    script: Mapping[Point, Fault]
    lasting: bool = False
    _struck: dict[tuple[str, int, str], int] = field(default_factory=dict)

    def choose(self, call: Call) -> Fault | None:
        fault = self.script.get(call.point)
        same = (call.step, call.number, call.name)
        if fault is None and self.lasting and self._struck.get(same) == call.index - 1:
            fault = Fault.UNSENT
        if fault:
            self._struck[same] = call.index
        return fault
