"""The invariant of every run: an outage of two hours that stops a video rings within the third."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from cliprelay.video.states import Status
from tests.simulation.checks.history import History
from tests.simulation.faults.outages import HOUR

if TYPE_CHECKING:
    from tests.simulation.world import World

LASTING, RINGS_WITHIN = 2 * HOUR, 3 * HOUR
# A video that came into its state within this part of the outage, and is still in it after two hours, was stopped by it.
CAME_WITHIN = HOUR

# The states in which an outage stops a video; what is not here is never out for two hours (faults/outages.py).
STOPS = {
    "upstream": {Status.QUEUED, Status.RUNNING},
    "balance": {Status.QUEUED},
    "key": {Status.QUEUED, Status.RUNNING},
    "s3": {Status.ARCHIVING},
}


def judge_outages(world: "World") -> None:
    """Add a violation for each long outage that stopped a video while no alarm rang."""
    for name, spans in world.weather.spans.items():
        for begin, end in spans:
            stopped = next(_stopped(world, STOPS.get(name.removesuffix(" for long"), set()), begin), None)
            if end - begin >= LASTING and stopped and not world.board.first_ring(begin, begin + RINGS_WITHIN):
                world.records.violate("rings", f"{name} was out for {(end - begin) / HOUR:.1f} h, stopped {stopped}, and no alarm rang")


def _stopped(world: "World", states: set[Status], begin: float) -> Iterator[str]:
    for video_id, history in world.records.videos.items():
        if any(
            status in states and came <= begin + CAME_WITHIN and left > begin + LASTING for status, came, left in _stays(world, history)
        ):
            yield video_id


def _stays(world: "World", history: History) -> Iterator[tuple[Status, float, float]]:
    """Yield each state of a video, with when it came into it and when it left it."""
    for (came, status), (left, _) in pairwise([*history.moves, (world.now(), Status.FAILED)]):
        yield status, came, left
