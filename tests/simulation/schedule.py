"""EventBridge: the sweep's schedule, and the events about executions that did not end green."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cliprelay.admission.controls import Controls
from cliprelay.admission.table import CONTROLS
from cliprelay.aws.items import plain
from tests.simulation.faults.mean_aws import event_delay
from tests.simulation.runtime import deployment
from tests.support.memory_aws.step_functions import Execution

if TYPE_CHECKING:
    from tests.simulation.world import World

TICK = 60.0
# A sweep that finds nothing changes nothing, so most of those are left out: with nothing due, only one in so many seconds runs.
IDLE_TICK = 3_600.0
# How Lambda repeats an asynchronous invocation that failed.
REPEATS = (60.0, 120.0)


class Sweeping:
    """Calls the sweep of one world."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._last, self._gauge = 0.0, (0, 0, 0)
        self.skipped = 0
        self.deaf = False  # no event about an execution arrives
        # (moment, value) of the gauges of unconfirmed videos, and of those whose copy is refused.
        self.gauges: list[tuple[float, float]] = []
        self.refused: list[tuple[float, float]] = []
        # Called when Lambda puts an event into the queue of failures.
        self.gave_up: Callable[[], None] = lambda: None

    def start(self) -> None:
        self._world.timeline.after(TICK, self._tick)

    def _tick(self) -> None:
        world = self._world
        world.timeline.after(TICK, self._tick)
        if self._has_work():
            self._last = world.now()
            time = datetime.fromtimestamp(world.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            self._invoke({"detail-type": "Scheduled Event", "source": "aws.events", "time": time}, REPEATS)
        else:
            self.skipped += 1

    def _has_work(self) -> bool:
        index = self._world.aws.dynamodb.tables[deployment.VIDEOS].index("by_due")
        now = self._world.now()
        queues = {queue: positions for queue, positions in index.partitions.items() if positions}
        gauge = len(queues.get("unconfirmed", ())), len(queues.get("refused", ())), len(queues.get("stuck", ()))
        # An index may lag behind the sweep's own count, or the other way round.
        measured = tuple(int(gauges[-1][1]) for gauges in (self.gauges, self.refused) if gauges)
        changed, self._gauge = gauge != self._gauge or measured != gauge[: len(measured)], gauge
        controls = Controls.of(plain(self._world.aws.dynamodb.tables[deployment.VIDEOS].current(CONTROLS) or {}))
        changed |= not controls.is_mirrored
        return changed or now - self._last >= IDLE_TICK or any(positions[0][0] <= now for positions in queues.values())

    def _invoke(self, event: dict[str, Any], repeats: tuple[float, ...]) -> None:
        def answered(answer: dict[str, Any] | None, error: str | None) -> None:
            if error or not answer:
                self._gauge = (-1, -1, -1)  # the next tick is not left out, because this one failed, or left everything to another sweep
            if error and not repeats:
                self.gave_up()
            elif error:
                self._world.timeline.after(repeats[0], lambda: self._invoke(event, repeats[1:]))

        self._world.functions.invoke("sweep", event, answered)

    def execution_closed(self, execution: Execution) -> None:
        """Tell the sweep, late, twice or not at all: EventBridge promises little for such events."""
        world = self._world
        world.trace.note(f"{world.now():.3f} execution {execution.name} {execution.status}")
        detail = {"name": execution.name, "executionArn": execution.arn, "status": execution.status}
        event = {"detail-type": "Step Functions Execution Status Change", "source": "aws.states", "detail": detail}
        luck = world.rng.random()
        times = 0 if self.deaf or luck < world.settings.rate / 2 else 2 if luck < world.settings.rate else 1
        for _ in range(times):
            world.timeline.after(event_delay(world.rng), lambda: self._invoke(event, REPEATS))

    def metric(self, text: str) -> None:
        """One line of the embedded metric format."""
        body = json.loads(text)
        for name, gauges in (("UnconfirmedVideos", self.gauges), ("RefusedVideos", self.refused)):
            if name in body:
                value = body[name]
                gauges.append((self._world.now(), value[0] if isinstance(value, list) else value))
