"""The operator: pauses and resumes, and resolves unconfirmed videos truthfully, with the product's own commands."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cliprelay import wiring
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.workflow import resolution
from tests.simulation.checks.history import History
from tests.simulation.faults.outages import HOUR, MINUTE
from tests.simulation.runtime.processes import Ending, Strand
from tests.simulation.upstream.ledger import Fate

if TYPE_CHECKING:
    from tests.simulation.world import World

# The owner decides nothing before the paid call, its process and everything on its way must have ended; docs say the same.
PATIENCE = 40 * MINUTE
LOOKS_EVERY = 30 * MINUTE
# A command has no time-out of its own.
LONGEST_COMMAND = HOUR


class Owner:
    """Acts in one world at random times, determined by the seed."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._running: Counter[str] = Counter()
        self._ended: dict[str, float] = {}
        self.did: Counter[str] = Counter()

    def start(self, length: float) -> None:
        """Plan an occasional pause and periodic checks of unconfirmed videos."""
        world = self._world
        if world.rng.random() < 0.25:
            for _ in range(world.rng.choice((1, 1, 2))):
                self.pause(world.rng.uniform(0, length), world.rng.uniform(MINUTE, HOUR))
        if world.rng.random() < 0.5:
            world.timeline.after(LOOKS_EVERY, self._look)

    def pause(self, begin: float, length: float) -> None:
        """Plan a pause, and its end so long after `pause` has returned."""
        world, began = self._world, 0.0

        def pause() -> None:
            nonlocal began
            began = world.now()
            wiring.controls().pause(self._now())

        def paused() -> None:
            # Of a pause and a resume at the same time, either may win.
            world.records.paused = not self._running["resume"] and self._ended.get("resume", 0.0) < began
            world.timeline.after(length, lambda: self._command("resume", resume))

        def resume() -> None:
            # At each attempt: one that is repeated after a crash also ends a pause that began meanwhile.
            world.records.paused = False
            wiring.controls().resume()

        world.timeline.after(begin, lambda: self._command("pause", pause, paused))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._world.wall_clock(), UTC)

    def _command(self, name: str, work: Callable[[], object], then: Callable[[], None] = lambda: None) -> None:
        """Run one command until it succeeds, as a person would."""
        world = self._world

        def ended(ending: Ending) -> None:
            self._running[name] -= 1
            self._ended[name] = world.now()
            refused = isinstance(ending.error, resolution.CannotResolve)
            self.did[f"{name}{' refused' if refused else ''}"] += 1
            if (ending.error or ending.died) and not refused:
                world.timeline.after(MINUTE, lambda: self._command(name, work, then))
            else:
                then()

        self._running[name] += 1
        world.stage.begin(Strand("operate", work, world.now() + LONGEST_COMMAND), ended)

    def _look(self) -> None:
        world = self._world
        world.timeline.after(LOOKS_EVERY, self._look)
        for video_id in list(world.records.open):
            history = world.records.videos[video_id]
            since = history.moves[-1][0]
            if history.status is Status.UNCONFIRMED and world.now() - since > PATIENCE and world.rng.random() < 0.5:
                self._resolve(video_id, history)

    def _resolve(self, video_id: str, history: History) -> None:
        """Resolve a video by the upstream's ledger."""
        intent = history.intent
        bought = self._world.upstream.ledger.of(intent)
        # A command that is repeated after a crash still speaks of the call that its owner looked for.
        call = Video.from_item(history.record).calls
        if not bought:
            end = self._world.rng.random() < 0.3
            return self._command("not charged", lambda: resolution.not_charged(wiring.videos(), video_id, self._now(), call=call, end=end))
        task = bought[0]
        if task.fate is Fate.LOST:
            return self._command("charged", lambda: resolution.charged(wiring.videos(), video_id, self._now(), call=call))
        return self._command("adopt", lambda: resolution.adopt(wiring.videos(), video_id, task.id, self._now()))
