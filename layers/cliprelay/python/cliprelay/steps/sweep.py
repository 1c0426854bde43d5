"""Sweep: finds the videos that nobody keeps, and gives each a keeper again; safe to run twice and beside everything else."""

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
from cliprelay.video.table import DUE, UNCONFIRMED, VideoTable
from cliprelay.workflow.decisions import judge_time

logger = logging.getLogger("cliprelay.sweep")

# An execution that failed is followed at once by the next run, but one that fails again and again only at the sweep's own pace,
# so that a broken deployment does not spin.
PROMPT_RUNS = 3
# A sweep that is cut off by its function's time-out (300 s) sets no gauge, so after a great fall no alarm would ring. What is left
# is found by the next tick; the other two minutes are for one video whose calls all hang.
LONGEST = timedelta(minutes=3)


class SweepIncomplete(ClipRelayError):
    """Some videos could not be looked at; the next sweep meets them again, and the alarm on errors rings."""


@dataclass(frozen=True)
class Swept:
    """What one sweep did: videos and deliveries looked at, executions started, payments still unconfirmed."""

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
        """Look at every video and delivery whose time has come, as far as LONGEST goes.

        Raises SweepIncomplete after the last if any could not be looked at.
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
        self.measure("SweepRepairs", revived)
        controls = self.controls.read()
        self.measure("BreakerOpen", int(controls.is_open))
        self.measure("Paused", int(controls.paused_at is not None))
        if failed:
            raise SweepIncomplete(f"{failed} of {seen}")
        return Swept(seen, revived, unconfirmed)

    def _due(self) -> Iterator[tuple[str, Callable[[str], bool]]]:
        for queue in (DUE, UNCONFIRMED):
            yield from ((video_id, self.reconcile) for video_id in self.videos.due(queue, self.clock()))
        yield from ((name, self.deliveries.reconcile) for name in self.deliveries.due())

    def execution_ended(self, detail: Mapping[str, Any]) -> bool:
        """An execution went red: start the next run at once, unless that is what keeps happening."""
        video_id, _, run = str(detail.get("name", "")).rpartition("-")
        video = self.videos.get(video_id) if video_id else None
        if video is None or str(video.run) != run or video.run > PROMPT_RUNS:
            return False
        return self.reconcile(video_id)

    def reconcile(self, video_id: str) -> bool:
        """Judge one video by the clock and see that somebody keeps it; True when a keeper was started."""
        video = self.videos.get(video_id)
        if video is None or video.due is None:
            return False
        video = self._judged(video)
        if video.is_over and not video.must_be_announced:
            self.videos.mark_notified(video)  # Notify told while a sweep began a run, which laid the video back into the index
            return False
        if video.status is Status.UNCONFIRMED and not video.must_be_announced:
            return False  # only its owner, or its deadline, moves it
        return self._kept(video)

    def _judged(self, video: Video) -> Video:
        decision = judge_time(video, self.clock(), self.grace)
        if decision is None or decision.target is None:
            return video
        return self.videos.move(video, decision.target, self.clock(), **decision.changes).video

    def _kept(self, video: Video) -> bool:
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
