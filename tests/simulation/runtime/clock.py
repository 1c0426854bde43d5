"""Virtual time: a heap of what happens when, and nothing else moves the clock."""

import heapq
from collections.abc import Callable
from itertools import count

Action = Callable[[], object]


class Timeline:
    """`now` in epoch seconds; what is due at the same moment happens in the order in which it was planned."""

    def __init__(self, start: float) -> None:
        self.now = start
        self.steps = 0
        self._heap: list[tuple[float, int, Action]] = []
        self._order = count()

    def at(self, moment: float, action: Action) -> None:
        """Plan an action; a moment that has passed means now."""
        heapq.heappush(self._heap, (max(moment, self.now), next(self._order), action))

    def after(self, seconds: float, action: Action) -> None:
        """Plan an action so many seconds from now."""
        self.at(self.now + seconds, action)

    def is_free_until(self, moment: float) -> bool:
        """Whether nothing else is planned up to and including the moment."""
        return not self._heap or self._heap[0][0] > moment

    @property
    def is_empty(self) -> bool:
        return not self._heap

    def step(self) -> None:
        """Do what comes next."""
        self.now, _, action = heapq.heappop(self._heap)
        self.steps += 1
        action()

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Go on until `until`, or until nothing is planned."""
        while self._heap and not until():
            self.step()
