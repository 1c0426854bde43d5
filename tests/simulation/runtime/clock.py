"""Virtual time: a heap of planned actions, which alone move the clock."""

import heapq
from collections.abc import Callable
from itertools import count

Action = Callable[[], object]


class Timeline:
    """`now` is in epoch seconds; actions at the same time run in the order of planning."""

    def __init__(self, start: float) -> None:
        self.now = start
        self.steps = 0
        self._heap: list[tuple[float, int, Action]] = []
        self._order = count()

    def at(self, moment: float, action: Action) -> None:
        """Plan an action; a time in the past means now."""
        heapq.heappush(self._heap, (max(moment, self.now), next(self._order), action))

    def after(self, seconds: float, action: Action) -> None:
        """Plan an action some seconds from now."""
        self.at(self.now + seconds, action)

    def is_free_until(self, moment: float) -> bool:
        """Whether nothing else is planned up to and including the moment."""
        return not self._heap or self._heap[0][0] > moment

    @property
    def is_empty(self) -> bool:
        return not self._heap

    def step(self) -> None:
        """Run the next action."""
        self.now, _, action = heapq.heappop(self._heap)
        self.steps += 1
        action()

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Run until `until`, or until nothing is planned."""
        while self._heap and not until():
            self.step()
