"""Sweep: restart videos whose execution has stopped, and count those whose steps fail; safe to run concurrently."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cliprelay.admission.table import ControlsTable
from cliprelay.aws.executions import ExecutionState
from cliprelay.aws.shards import in_turn
from cliprelay.errors import ClipRelayError
from cliprelay.steps.sweep_budgets import BudgetSweeper
from cliprelay.steps.sweep_deliveries import DeliverySweeper, LookAgain
from cliprelay.steps.sweep_lease import SweepLease
from cliprelay.steps.sweep_listing import ListingSweeper
from cliprelay.video.executions import Executions
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import QUEUES, VideoTable, keys_of
from cliprelay.workflow.decisions import judge_time
from cliprelay.workflow.deletion import Eraser

logger = logging.getLogger("cliprelay.sweep")

# A failed execution is followed by the next run at once up to this run, and then only by the scheduled sweep, so that a broken
# deployment does not loop.
PROMPT_RUNS = 3
# A sweep killed by its function's time-out (300 s) writes no metrics, so no alarm would ring after a large outage. The next
# sweep finds the rest; the other two minutes are reserved for one video whose calls all hang.
LONGEST = timedelta(minutes=3)
# What the event about an execution says of its end, which is more recent than the answer to a question.
_CLOSED = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})
# Ids in one line of the log.
_NAMED = 20
# So many keys further begins the sweep of the next minute: no divisor of their number, and far enough to pass those just swept.
_STRIDE = 13
# What is due, and what reconciles it; True if that began an execution.
Due = tuple[str, Callable[[str], bool]]


class SweepIncomplete(ClipRelayError):
    """Some videos could not be examined; the next sweep retries them, and the alarm on errors rings."""


@dataclass(frozen=True)
class Swept:
    """Result of a sweep: videos and deliveries examined, executions started, payments unconfirmed when it began."""

    seen: int
    revived: int
    unconfirmed: int


@dataclass
class _Tally:
    """What a sweep has done so far; `left` counts what it could not examine, `failed` what of that was an error."""

    seen: int = 0
    revived: int = 0
    left: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Sweeper:
    """The sweep's collaborators; `measure` sets a metric to a value."""

    videos: VideoTable
    controls: ControlsTable
    executions: Executions
    clock: Callable[[], datetime]
    grace: timedelta
    measure: Callable[[str, float], None]
    deliveries: DeliverySweeper
    lease: SweepLease
    eraser: Eraser
    budgets: BudgetSweeper

    @property
    def listing(self) -> ListingSweeper:
        """Return the part that brings the lists up to date."""
        return ListingSweeper(self.videos, self.clock)

    def tick(self, event_time: str | None) -> Swept | None:
        """Sweep, unless another sweep is under way or a later tick has begun; then return None."""
        if not self.lease.take(event_time, self.clock()):
            logger.warning("left to another sweep")
            return None
        try:
            return self._sweep_and_list()
        finally:
            self.lease.release()

    def _sweep_and_list(self) -> Swept:
        """Sweep, and then bring the lists up to date, which delays no video."""
        try:
            return self.sweep()
        finally:
            try:
                self.lease.findings = self.listing.go_on(self.lease.notes)
            except Exception:
                logger.exception("records not listed by their state")

    def sweep(self) -> Swept:
        """Reconcile every video and delivery that is due, within LONGEST.

        Raises SweepIncomplete at the end if any of them failed.
        """
        # First, because a sweep that dies on its way must still have rung; the next one counts what this one finds.
        unconfirmed = self.videos.count_unconfirmed()
        self.measure("UnconfirmedVideos", unconfirmed)
        self.measure("RefusedVideos", self.videos.count_refused())
        tally = _Tally()
        self._look_at_controls(tally)
        self._publish_budgets(tally)
        self._reconcile_all(tally)
        self.measure("Stuck", self._count_stuck(tally))
        # The last one: an alarm rings if it is missing, because then the sweeps do not come to an end.
        self.measure("SweepRepairs", tally.revived)
        if tally.failed:
            raise SweepIncomplete(f"{tally.failed} of {tally.seen}")
        return Swept(tally.seen, tally.revived, unconfirmed)

    def _look_at_controls(self, tally: _Tally) -> None:
        """Measure the controls, and finish a change that did not reach all copies."""
        controls = self.controls.read()
        self.measure("BreakerOpen", int(controls.is_open))
        self.measure("Paused", int(controls.paused_at is not None))
        if controls.is_mirrored:
            return
        try:
            self.controls.mirror()
            logger.warning("controls mirrored")
        except Exception:
            logger.exception("controls not mirrored")
            tally.failed += 1

    def _publish_budgets(self, tally: _Tally) -> None:
        """Publish which budgets have reached a share of their limit; a failure delays no video."""
        try:
            tally.failed += self.budgets.publish()
        except Exception:
            logger.exception("budgets not read")
            tally.failed += 1

    def _reconcile_all(self, tally: _Tally) -> None:
        ends = self.clock() + LONGEST
        for name, reconcile in self._due(tally):
            if self.clock() > ends:
                logger.warning("not swept to the end", extra={"seen": tally.seen})
                tally.left += 1
                break
            tally.seen += 1
            self.lease.extend(self.clock())
            try:
                tally.revived += reconcile(name)
            except LookAgain:
                tally.left += 1
            except Exception:
                logger.exception("not swept", extra={"name_of_record": name})
                tally.left += 1
                tally.failed += 1

    def _count_stuck(self, tally: _Tally) -> int:
        """Count what has failed for long, and what sweeps have not examined for as long; name some of it in the log."""
        stuck = [*self.videos.stuck(), *self.deliveries.stuck()]
        if stuck:
            logger.error("stuck", extra={"count": len(stuck), "names": stuck[:_NAMED]})
        if not tally.left:
            return len(stuck)
        return len(stuck) + self.videos.count_overlooked(self.clock()) + self.deliveries.count_overlooked()

    def _due(self, tally: _Tally) -> Iterator[Due]:
        """Yield what is due, of all keys in turn, so that none delays another; each sweep begins with another key.

        A sweep may die on its way, so what is last in one has to be first in another.
        """
        keys = [key for queue in QUEUES for key in keys_of(queue)]
        sources: list[tuple[str, Iterator[str], Callable[[str], bool]]]
        sources = [(key, self.videos.due_in(key, self.clock()), self.reconcile) for key in keys]
        sources += [(key, names, self.deliveries.reconcile) for key, names in self.deliveries.due().items()]
        start = int(self.clock().timestamp()) // 60 * _STRIDE % len(sources)
        return in_turn(*(_read(*source, tally) for source in (*sources[start:], *sources[:start])))

    def execution_ended(self, detail: Mapping[str, Any]) -> bool:
        """Start the next run of a failed execution at once, unless its runs fail repeatedly.

        The event says that this run is over; DescribeExecution, which is eventually consistent, may still call it running.
        """
        video_id, _, run = str(detail.get("name", "")).rpartition("-")
        video = self.videos.get(video_id) if video_id else None
        if video is None or str(video.run) != run or video.run > PROMPT_RUNS:
            return False
        return self._reconcile(video, ExecutionState.CLOSED if detail.get("status") in _CLOSED else None)

    def reconcile(self, video_id: str) -> bool:
        """Apply the clock to a video and ensure that it has an execution; True if one was started."""
        video = self.videos.get(video_id)
        return video is not None and self._reconcile(video)

    def _reconcile(self, video: Video, known: ExecutionState | None = None) -> bool:
        """Reconcile a video as read; `known` is the state of the execution of its run, None if that is to be asked."""
        if video.due is None:
            return False
        video = self._judged(video)
        if video.erase_at is not None:
            video = self.eraser.erase(video)
            if not video.must_be_announced:
                return False
        if video.is_over and not video.must_be_announced:
            self.videos.mark_notified(video)  # Notify finished while a sweep began a run, which put the video back into the index
            return False
        if video.status is Status.UNCONFIRMED and not video.must_be_announced:
            return False  # only the operator or its deadline moves it
        return self._restart_if_stopped(video, known)

    def _judged(self, video: Video) -> Video:
        decision = judge_time(video, self.clock(), self.grace)
        if decision is None or decision.target is None:
            return video
        return self.videos.move(video, decision.target, self.clock(), **decision.changes).video

    def _restart_if_stopped(self, video: Video, known: ExecutionState | None) -> bool:
        state = known or self.executions.state(video.id, video.run)
        if state is ExecutionState.UNKNOWN:
            raise LookAgain(video.id)
        if state is ExecutionState.RUNNING:
            # It is overdue, so its steps fail: the execution waits and tries again, however often.
            self.videos.note_failing(video, self.clock())
            return False
        if state is ExecutionState.CLOSED:
            begun = self.videos.begin_run(video, self.clock())
            if not begun.won:
                return False
            video = begun.video
        self.executions.start(video.id, video.run)
        logger.warning("revived", extra={"video_id": video.id, "run": video.run})
        return True


def _read(key: str, names: Iterator[str], reconcile: Callable[[str], bool], tally: _Tally) -> Iterator[Due]:
    """Yield what is due in one key; one that cannot be read is left to the next sweep, and the others are not."""
    try:
        for name in names:
            yield name, reconcile
    except Exception:
        logger.exception("queue not read", extra={"queue": key})
        tally.left += 1
        tally.failed += 1
