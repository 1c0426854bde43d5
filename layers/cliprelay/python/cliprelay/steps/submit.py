"""Submit: the only step that pays. It prepares, claims the video, pays once, and stores the evidence first."""

import logging
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.admission.controls import Admission, admit, tripped
from cliprelay.admission.table import ControlsTable
from cliprelay.aws.table import Contended
from cliprelay.errors import NotAccepted, RefusedAccount, UpstreamError
from cliprelay.upstream.contract import PaidRequest, Provider, ReadInput
from cliprelay.upstream.credentials import UpstreamKey
from cliprelay.video.listing import NOT_BEFORE
from cliprelay.video.record import Video, deadline_after
from cliprelay.video.states import Status
from cliprelay.video.table import NotPermitted, TaskOfAnother, VideoTable, Written
from cliprelay.workflow.contract import AT_ONCE, Event, Result, carry_on, result, stale
from cliprelay.workflow.decisions import judge_time
from cliprelay.workflow.durations import NOTHING
from cliprelay.workflow.durations_table import DurationsTable
from cliprelay.workflow.settlement import (
    ACCOUNT_FIRST_WAIT,
    Account,
    Settlement,
    in_view_of,
    settle_error,
    settle_foreign_task,
    settle_paid,
    settle_unsent,
)

logger = logging.getLogger("cliprelay.submit")

# Log level and message for an answer without a task.
_LOGGED = {
    Status.QUEUED: (logging.WARNING, "not accepted"),
    Status.FAILED: (logging.WARNING, "refused"),
    Status.UNCONFIRMED: (logging.ERROR, "outcome unknown"),
}

# The claim still stands, and its outcome is open.
_OPEN_CLAIM = frozenset({Status.SUBMITTING, Status.UNCONFIRMED})

# With fewer seconds left, a call would more likely end unconfirmed than answered.
ENOUGH = 30
# Seconds of the function's time reserved for the evidence: a process killed right after paying leaves the video unconfirmed.
RESERVE = 45
# A response within this time is to a write that was made just now, and the video is still claimed. Later, it may be the SDK's third
# attempt that learns of the success of the first.
PROMPT = timedelta(seconds=1)
# What may come between the claim and the move after it: Poll or the sweep distrusts the claim, and the owner cancels, and discards.
MEANWHILE = 3
# Claims that check the same copy of the controls keep each other out: bounds of the seconds after which one tries again.
CONTENDED_WAITS = (3, 20)


@dataclass(frozen=True)
class Submitter:
    """Submit's collaborators.

    `grace` is how long a claim may stay silent, `seconds_left` returns the time left to this invocation, `count` adds one to a metric.
    """

    videos: VideoTable
    controls: ControlsTable
    upstream: Provider
    read_input: ReadInput
    key: UpstreamKey
    claim_token: Callable[[], str]
    clock: Callable[[], datetime]
    grace: timedelta
    seconds_left: Callable[[], float]
    count: Callable[[str], None]
    durations: DurationsTable | None = None

    def submit(self, event: Event) -> Result:
        """Pay for a queued video, at most once."""
        video, copy = self.videos.get_with(event["video_id"], self.controls.key_for(event["video_id"]))
        if video is None or video.run != event["run"]:
            return stale(event)
        if video.status is not Status.QUEUED:
            return carry_on(video)
        decision = judge_time(video, self.clock(), self.grace)
        if decision and decision.target:
            return carry_on(self.videos.move(video, decision.target, self.clock(), **decision.changes).video)
        early = math.ceil(video.begins_at.timestamp() - self.clock().timestamp())
        if video.not_before and early > 0:
            return self._stay(video, early, NOT_BEFORE)
        admission = admit(self.controls.governing(video.id, copy), self.clock())
        if admission.wait is not None:
            return self._stay(video, admission.wait, admission.code)
        return self._prepare(video, admission)

    def _prepare(self, video: Video, admission: Admission) -> Result:
        """Do everything that can fail at no cost, then claim."""
        try:
            secret = self.key()
        except RefusedAccount as refusal:
            self._trip(refusal.code)
            return self._stay(video, ACCOUNT_FIRST_WAIT, refusal.code)
        request = self.upstream.prepare(video, self.read_input)
        if self.durations:
            self.durations.of(video)  # remembered for the first wait: nothing is read between the payment and its evidence
        now = self.clock()
        permit = self.controls.permit(admission, video.id, now, lease=self.grace)
        try:
            claimed = self._claim(video, now, permit)
        except NotPermitted:
            return result(video, "submit", AT_ONCE)
        except Contended:
            logger.warning("not claimed", extra={"video_id": video.id, "code": "contended"})
            return result(video, "submit", random.randint(*CONTENDED_WAITS))  # noqa: S311 - jitter, not a secret
        if not claimed.won:
            return carry_on(claimed.video)
        if claimed.video.status is not Status.SUBMITTING or claimed.video.cancel_requested_at:
            return carry_on(self._unsent(claimed.video))
        return self._pay(claimed.video, request, secret, admission)

    def _claim(self, video: Video, now: datetime, permit: dict[str, Any]) -> Written:
        """Claim; a claim that took long is read again, because the response may be one to a write of some time ago."""
        claimed = self.videos.claim(video, self.claim_token(), now, deadline_after(now, video.spec), self.grace, permit)
        if not claimed.won or self.clock() - now <= PROMPT:
            return claimed
        found = self.videos.get(video.id) or claimed.video
        return Written(found, found.claim == claimed.video.claim)

    def _unsent(self, video: Video) -> Video:
        """Requeue a video that became unconfirmed, or end one that was canceled, before the claim returned; nothing was sent."""
        return self._settle(video, settle_unsent(video)) if video.status in _OPEN_CLAIM else video

    def _pay(self, video: Video, request: PaidRequest, secret: str, admission: Admission) -> Result:
        """Pay, and store what came of it before anything else."""
        try:
            upstream_id = self._create(video, request, secret)
        except UpstreamError as error:
            settlement = settle_error(video, error)
            level, said = _LOGGED[settlement.target]
            logger.log(level, said, extra={"video_id": video.id, "code": settlement.code})
            settled = self._settle(video, settlement)
        else:
            settlement, settled = self._run(video, upstream_id)
        self._teach_breaker(settlement, admission)
        if settled.status is not settlement.target or not settlement.wait:
            return carry_on(settled)
        if settled.status is Status.QUEUED:
            return result(settled, "submit", _until_judged(settled, settlement.wait, self.clock()))
        return result(settled, "wait", settlement.wait)

    def _create(self, video: Video, request: PaidRequest, secret: str) -> str:
        begun, left = self.clock(), self.seconds_left() - RESERVE
        if left < ENOUGH:
            raise NotAccepted("slow_preparation", "too little time was left to pay")
        if _is_late(video, begun):
            raise NotAccepted("expired", "the time for the submit was over")
        seconds = min(left, self.upstream.submit_seconds)
        try:
            return self.upstream.create(request, key=secret, seconds=seconds)
        except RefusedAccount as refusal:
            # The key may have been rotated while this sandbox was warm. A refusal bought nothing, so a second call cannot pay
            # twice. Both calls must fit into the time of one, because the grace is calculated from it.
            left = seconds - (self.clock() - begun).total_seconds()
            try:
                fresh = self.key.refetch()
            except (RefusedAccount, ClientError, BotoCoreError):
                raise refusal from None  # the refusal proves that nothing was bought
            if fresh == secret or left < ENOUGH or _is_late(video, self.clock()):
                raise
            return self.upstream.create(request, key=fresh, seconds=left)

    def _run(self, video: Video, upstream_id: str) -> tuple[Settlement, Video]:
        """Store the evidence and move with it; if the state has changed meanwhile, store the evidence first, then move."""
        # The log is a second copy of the evidence, in case the table is unreachable.
        logger.info("accepted", extra={"video_id": video.id, "upstream_id": upstream_id})
        settlement = settle_paid(video, self.durations.remembered(video) if self.durations else NOTHING)
        try:
            running = self.videos.run_paid(video, upstream_id, self.clock(), keep_for=_lease_of(settlement), **settlement.changes)
            if running.won:
                return settlement, running.video
            is_stored = self.videos.record_evidence(video, upstream_id, self.clock())
        except TaskOfAnother:
            logger.error("task of another video", extra={"video_id": video.id, "upstream_id": upstream_id})
            self.count("DuplicateTasks")
            settlement = settle_foreign_task(video)
        else:
            if not is_stored:
                # The record has another claim or another task, so this task would never be polled.
                logger.error("lost", extra={"video_id": video.id, "upstream_id": upstream_id})
                self.count("LostVideos")
        return settlement, self._settle(video, settlement)

    def _settle(self, video: Video, settlement: Settlement) -> Video:
        """Make the move that follows from the answer, even if the video has become unconfirmed, or was canceled, meanwhile."""
        found = self._move(video, settlement)
        for _ in range(MEANWHILE):
            is_open = found.video.claim == video.claim and found.video.status in _OPEN_CLAIM
            if found.won or not is_open or found.video.status is settlement.target:
                break
            found = self._move(found.video, settlement)
        return found.video

    def _move(self, video: Video, settlement: Settlement) -> Written:
        settlement = in_view_of(video, settlement)
        return self.videos.move(video, settlement.target, self.clock(), keep_for=_lease_of(settlement), **settlement.changes)

    def _teach_breaker(self, settlement: Settlement, admission: Admission) -> None:
        """Update the breaker with what the answer shows about the account, once the video is settled."""
        if settlement.account is Account.REFUSED:
            self._trip(settlement.code or "")
        elif settlement.account is Account.WORKS and admission.is_probe:
            self.controls.close_breaker()
        elif settlement.target is Status.QUEUED and admission.is_probe and admission.code:
            self._trip(admission.code)  # a probe without an answer shows nothing about the account

    def _stay(self, video: Video, wait: int, code: str | None) -> Result:
        """Leave the video in the queue, unclaimed, and wait."""
        logger.warning("not submitted", extra={"video_id": video.id, "code": code})
        wait = _until_judged(video, wait, self.clock())
        self.videos.extend_lease(video, self.clock(), wait, waiting_for=code)
        return result(video, "submit", wait)

    def _trip(self, code: str) -> None:
        logger.error("account refused", extra={"code": code})
        self.controls.write_breaker(tripped(self.controls.read(), code, self.clock()))


def _is_late(video: Video, now: datetime) -> bool:
    """Return whether the time that the client set for the submit is over."""
    return video.expires_in is not None and now.timestamp() > video.submit_by


def _until_judged(video: Video, wait: int, now: datetime) -> int:
    """Return the wait of a queued video, no longer than the time that its client set for the submit."""
    if video.expires_in is None:
        return wait
    return min(wait, max(1, math.ceil(video.submit_by - now.timestamp()) + 1))


def _lease_of(settlement: Settlement) -> timedelta:
    """Return how long no step needs to look at the video."""
    return timedelta(seconds=settlement.wait)
