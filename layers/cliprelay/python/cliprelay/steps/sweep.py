"""Sweep: restart videos whose execution has stopped; safe to run concurrently."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cliprelay.admission.table import ControlsTable
from cliprelay.aws.executions import ExecutionState
from cliprelay.errors import ClipRelayError
from cliprelay.steps.sweep_deliveries import DeliverySweeper
from cliprelay.video.executions import Executions
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import DUE, REFUSED, UNCONFIRMED, VideoTable
from cliprelay.workflow.decisions import judge_time

logger = logging.getLogger("cliprelay.sweep")

# A failed execution is followed by the next run at once up to this run, and then only by the scheduled sweep, so that a broken
# deployment does not loop.
PROMPT_RUNS = 3
# A sweep killed by its function's time-out (300 s) writes no metrics, so no alarm would ring after a large outage. The next
# sweep finds the rest; the other two minutes are reserved for one video whose calls all hang.
LONGEST = timedelta(minutes=3)


class SweepIncomplete(ClipRelayError):
    """Some videos could not be examined; the next sweep retries them, and the alarm on errors rings."""


@dataclass(frozen=True)
class Swept:
    """Result of a sweep: videos and deliveries examined, executions started, payments still unconfirmed."""

    seen: int
    revived: int
    unconfirmed: int


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

    def sweep(self) -> Swept:
        """Reconcile every video and delivery that is due, within LONGEST.

        Raises SweepIncomplete at the end if any of them failed.
        """
        seen, revived, failed = 0, 0, 0
        ends = self.clock() + LONGEST
        for name, reconcile in self._due():
            if self.clock() > ends:
                logger.warning("not swept to the end", extra={"seen": seen})
                break
            seen += 1
            try:
                revived += reconcile(name)
            except Exception:
                logger.exception("not swept", extra={"name_of_record": name})
                failed += 1
        unconfirmed = self.videos.count_unconfirmed()
        self.measure("UnconfirmedVideos", unconfirmed)
        self.measure("RefusedVideos", self.videos.count_refused())
        self.measure("SweepRepairs", revived)
        controls = self.controls.read()
        self.measure("BreakerOpen", int(controls.is_open))
        self.measure("Paused", int(controls.paused_at is not None))
        if failed:
            raise SweepIncomplete(f"{failed} of {seen}")
        return Swept(seen, revived, unconfirmed)

    def _due(self) -> Iterator[tuple[str, Callable[[str], bool]]]:
        for queue in (DUE, REFUSED, UNCONFIRMED):
            yield from ((video_id, self.reconcile) for video_id in self.videos.due(queue, self.clock()))
        yield from ((name, self.deliveries.reconcile) for name in self.deliveries.due())

    def execution_ended(self, detail: Mapping[str, Any]) -> bool:
        """Start the next run of a failed execution at once, unless its runs fail repeatedly."""
        video_id, _, run = str(detail.get("name", "")).rpartition("-")
        video = self.videos.get(video_id) if video_id else None
        if video is None or str(video.run) != run or video.run > PROMPT_RUNS:
            return False
        return self.reconcile(video_id)

    def reconcile(self, video_id: str) -> bool:
        """Apply the clock to a video and ensure that it has an execution; True if one was started."""
        video = self.videos.get(video_id)
        if video is None or video.due is None:
            return False
        video = self._judged(video)
        if video.is_over and not video.must_be_announced:
            self.videos.mark_notified(video)  # Notify finished while a sweep began a run, which put the video back into the index
            return False
        if video.status is Status.UNCONFIRMED and not video.must_be_announced:
            return False  # only the operator or its deadline moves it
        return self._restart_if_stopped(video)

    def _judged(self, video: Video) -> Video:
        decision = judge_time(video, self.clock(), self.grace)
        if decision is None or decision.target is None:
            return video
        return self.videos.move(video, decision.target, self.clock(), **decision.changes).video

    def _restart_if_stopped(self, video: Video) -> bool:
        state = self.executions.state(video.id, video.run)
        if state is ExecutionState.RUNNING:
            self.videos.extend_lease(video, self.clock(), 0)
            return False
        if state is ExecutionState.CLOSED:
            begun = self.videos.begin_run(video, self.clock())
            if not begun.won:
                return False
            video = begun.video
        self.executions.start(video.id, video.run)
        logger.warning("revived", extra={"video_id": video.id, "run": video.run})
        return True
