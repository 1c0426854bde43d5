"""The best times to poll for a distribution of durations: a dynamic program over its hazard; pure.

A schedule that knows the distribution makes the mean of (lateness + price * polls) least. Known here are the videos seen, and a
prior worth PRIOR videos: the distribution for which the fixed schedule is the best one. So a few videos hardly change it.
"""

from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate, pairwise
from math import exp, inf, log

from cliprelay.workflow.durations import BUCKETS, EDGES, PER_OCTAVE, Durations
from cliprelay.workflow.pace import Pace

PRIOR = 3.0
# Weights are smoothed by a normal kernel on the logarithms, narrower the more videos were seen; found by tests/bench/poll_policy.py.
SMOOTHING, NARROWING = 0.35, 0.3
# Polls are possible at the edges of the buckets and in their middle.
PARTS = 2


def _grid() -> tuple[float, ...]:
    inner = (low + (high - low) * part / PARTS for low, high in pairwise(EDGES) for part in range(1, PARTS + 1))
    return (0.0, *inner)


GRID = _grid()
_CELLS = len(GRID) - 1


def planned_wait(age: float, pace: Pace, seen: Durations) -> float:
    """Return the best wait at an age, in seconds."""
    after = bisect_left(GRID, age)
    place = after if after == 0 or (after <= _CELLS and GRID[after] - age < age - GRID[after - 1]) else after - 1
    return GRID[_next_polls(pace, seen)[place]] - age


def density(pace: Pace, seen: Durations) -> list[float]:
    """Return the weights that are expected of the buckets."""
    cells, _ = _expected(pace, seen)
    return [sum(cells[place * PARTS : (place + 1) * PARTS]) for place in range(BUCKETS)]


@lru_cache(128)
def _expected(pace: Pace, seen: Durations) -> tuple[tuple[float, ...], float]:
    """Return the weight of each cell of the grid, and of what lies beyond it: the prior and the videos seen."""
    prior, beyond = _prior(pace)
    return tuple(map(sum, zip(prior, _smooth(seen), strict=True))), beyond


@lru_cache(8)
def _prior(pace: Pace) -> tuple[tuple[float, ...], float]:
    """Return the distribution for which waits of the fixed schedule are best: its hazard is 2 * price / wait^2."""
    alive, cells = PRIOR, []
    begin = max(0, pace.first - pace.floor)
    for low, high in pairwise(GRID):
        hazard = 2 * pace.price / pace.wait((low + high) / 2) ** 2
        ended = alive * (1 - exp(-hazard * max(0.0, high - max(low, begin))))
        cells.append(ended)
        alive -= ended
    return tuple(cells), alive


def _smooth(seen: Durations) -> list[float]:
    cells = [0.0] * _CELLS
    if not seen.count:
        return cells
    width = SMOOTHING * max(seen.count, 1.0) ** -NARROWING * PER_OCTAVE * PARTS / log(2)
    reach = int(3 * width) + 1
    kernel = [exp(-0.5 * (offset / width) ** 2) for offset in range(-reach, reach + 1)]
    share = 1 / (PARTS * sum(kernel))
    for place, weight in enumerate(seen.weights):
        for cell in range(place * PARTS, (place + 1) * PARTS) if weight else ():
            for offset, height in enumerate(kernel, start=-reach):
                cells[min(max(cell + offset, 0), _CELLS - 1)] += weight * height * share
    return cells


@lru_cache(128)
def _next_polls(pace: Pace, seen: Durations) -> tuple[int, ...]:
    """Return, for a video that runs at each point of the grid, the point of its next poll."""
    cells, beyond = _expected(pace, seen)
    weights = (0.0, *accumulate(cells))
    middles = ((low + high) / 2 for low, high in pairwise(GRID))
    moments = (0.0, *accumulate(weight * middle for weight, middle in zip(cells, middles, strict=True)))
    total = weights[-1] + beyond
    cost, best = [0.0] * (_CELLS + 1), [_CELLS] * (_CELLS + 1)
    for here in range(_CELLS - 1, -1, -1):
        shortest, longest = pace.bounds(GRID[here])
        cost[here], poll = inf, pace.price * (total - weights[here])
        for there in range(min(bisect_left(GRID, GRID[here] + shortest), _CELLS), _CELLS + 1):
            if GRID[there] > GRID[here] + longest and cost[here] < inf:
                break
            late = GRID[there] * (weights[there] - weights[here]) - (moments[there] - moments[here])
            if late + poll + cost[there] < cost[here]:
                cost[here], best[here] = late + poll + cost[there], there
    return tuple(best)
