"""Many functions at once on one virtual clock: each runs in a greenlet, and only one of them moves.

A function gives way wherever it would wait: at every external call. Which one goes on is decided by the timeline alone, so the order
of everything is the seed's, not the machine's. A switch takes less than a microsecond; with threads it took twenty.
"""

from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from greenlet import greenlet

from tests.simulation.runtime.clock import Timeline


class Death(BaseException):
    """The process ends here and now; no `except Exception` of the product sees it."""


@dataclass
class Ending:
    """How a strand ended: with a value, with an exception, or by death."""

    value: Any = None
    error: Exception | None = None
    died: bool = False


class Strand:
    """One run of a function; `step` names it, `deadline` is the moment at which it is killed."""

    def __init__(self, step: str, work: Callable[[], Any], deadline: float) -> None:
        self.step, self.deadline = step, deadline
        self.number = 0  # how many strands of this step began before it
        self.calls = 0  # external calls so far
        self.skew = (0, 0.0)  # from which call on this sandbox's clock is wrong, and by how many seconds
        self.freeze = (-1, 0.0)  # at which call it stops, and for how long
        self.dead = False
        self.turns = 0
        self._work = work

    def resumed(self) -> None:
        """Called before each turn."""

    def paused(self) -> None:
        """Called after each turn."""

    def run(self) -> Ending:
        """Do the work in the present greenlet."""
        try:
            if self.dead:
                raise Death
            return Ending(value=Context().run(self._work))
        except Death:
            return Ending(died=True)
        except Exception as error:
            return Ending(error=error)


class _Worker:
    """A greenlet that runs one strand after the other, each turn only when it is switched to."""

    def __init__(self) -> None:
        self.strand: Strand | None = None
        self.ending: Ending | None = None
        self._greenlet = greenlet(self._run)

    def _run(self) -> None:
        while True:
            assert self.strand
            self.ending = self.strand.run()
            self.give_back()

    def give_back(self) -> None:
        """Back to the timeline, until the next turn."""
        parent = self._greenlet.parent
        assert parent
        parent.switch()

    def turn(self) -> None:
        """Let the strand go on until it waits or ends."""
        self._greenlet.switch()


_idle: list[_Worker] = []


class Stage:
    """Where strands run; outside of a strand `current` is None."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.current: Strand | None = None
        self.begun: dict[str, int] = {}
        self._workers: dict[Strand, _Worker] = {}
        self._ends: dict[Strand, Callable[[Ending], None]] = {}

    def begin(self, strand: Strand, then: Callable[[Ending], None]) -> None:
        """Run a strand from now on; `then` hears how it ended."""
        strand.number = self.begun.get(strand.step, 0)
        self.begun[strand.step] = strand.number + 1
        self._ends[strand] = then
        worker = _idle.pop() if _idle else _Worker()
        worker.strand, worker.ending = strand, None
        self._workers[strand] = worker
        # Not at once: a strand may move the clock, and whoever begins it still has things to do now.
        self.timeline.after(0, lambda: self._turn(strand, 0))

    def interrupt(self, strand: Strand) -> None:
        """End a strand's wait now."""
        turn = strand.turns
        self.timeline.after(0, lambda: self._turn(strand, turn))

    def pause(self, seconds: float) -> None:
        """The present strand waits so long, or until it is interrupted; Death when it is killed meanwhile."""
        strand = self.current
        assert strand, "only strands wait"
        if strand.dead:
            raise Death
        wake = min(self.timeline.now + seconds, strand.deadline)
        if self.timeline.is_free_until(wake):
            self.timeline.now = wake
        else:
            self._give_back(strand, wake)
        if strand.dead or self.timeline.now >= strand.deadline:
            strand.dead = True
            raise Death

    def _give_back(self, strand: Strand, wake: float) -> None:
        worker, turn = self._workers[strand], strand.turns
        self.timeline.at(wake, lambda: self._turn(strand, turn))
        worker.give_back()

    def _turn(self, strand: Strand, turn: int) -> None:
        worker = self._workers.get(strand)
        if worker is None or strand.turns != turn:
            return  # it has been interrupted, and is elsewhere by now
        strand.turns += 1
        self.current = strand
        strand.resumed()
        worker.turn()
        strand.paused()
        self.current = None
        if worker.ending:
            ending = worker.ending
            worker.strand, worker.ending = None, None
            _idle.append(worker)
            del self._workers[strand]
            self._ends.pop(strand)(ending)

    def close(self) -> None:
        """Kill whatever still runs."""
        for strand in list(self._workers):
            strand.dead = True
            self._ends[strand] = lambda ending: None
            self._turn(strand, strand.turns)
