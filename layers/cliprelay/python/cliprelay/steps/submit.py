"""Submit: the only step that pays. It prepares all that can fail, claims the video, pays once, and stores the evidence first."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.admission.controls import Admission, admit, tripped
from cliprelay.admission.table import ControlsTable
from cliprelay.errors import NotAccepted, OutcomeUnknown, RefusedAccount, RefusedVideo, UpstreamError
from cliprelay.upstream.contract import PaidRequest, Provider
from cliprelay.upstream.credentials import UpstreamKey
from cliprelay.video.record import Video, deadline_after
from cliprelay.video.states import Status
from cliprelay.video.table import NotPermitted, TaskOfAnother, VideoTable
from cliprelay.workflow.contract import AT_ONCE, Event, Result, carry_on, result, stale
from cliprelay.workflow.decisions import back_in_queue, judge_time, sentence, unconfirmed
from cliprelay.workflow.schedule import backoff, first_wait

logger = logging.getLogger("cliprelay.submit")

# The upstream's Retry-After is believed within these bounds, in seconds: a typing error of theirs must not park a video for a year.
SOONEST, LATEST = 1, 300
# So many times in a row alone: one that says "1" for days would wear out the execution's history.
BELIEVED = 5
# A refused key or an empty balance is mended by people, so asking starts slower than for a busy upstream.
ACCOUNT_FIRST_WAIT = 30
# With fewer seconds left a call would more likely end in doubt than in an answer.
ENOUGH = 30
# Of the function's time, so many seconds are kept for the evidence: a process that is killed right after paying leaves a doubt.
RESERVE = 45


@dataclass(frozen=True)
class Submitter:
    """Submit's collaborators.

    `grace` is how long a silent holder of a claim is believed to live, `seconds_left` how long this one will, `count` adds one to a metric.
    """

    videos: VideoTable
    controls: ControlsTable
    upstream: Provider
    key: UpstreamKey
    claim_token: Callable[[], str]
    clock: Callable[[], datetime]
    grace: timedelta
    seconds_left: Callable[[], float]
    count: Callable[[str], None]

    def submit(self, event: Event) -> Result:
        """Pay for a queued video, at most once."""
        video = self.videos.get(event["video_id"])
        if video is None or video.run != event["run"]:
            return stale(event)
        if video.status is not Status.QUEUED:
            return carry_on(video)
        verdict = judge_time(video, self.clock(), self.grace)
        if verdict and verdict.target:
            return carry_on(self.videos.move(video, verdict.target, self.clock(), **verdict.changes) or self._again(video))
        admission = admit(self.controls.read(), self.clock())
        if admission.wait is not None:
            return self._stay(video, admission.wait, admission.code)
        return self._prepare(video, admission)

    def _prepare(self, video: Video, admission: Admission) -> Result:
        """Everything that can fail without having cost anything, then the claim."""
        try:
            secret = self.key()
        except RefusedAccount as refusal:
            self._trip(refusal.code)
            return self._stay(video, ACCOUNT_FIRST_WAIT, refusal.code)
        request = self.upstream.prepare(video)
        now = self.clock()
        permit = self.controls.permit(admission, now, lease=self.grace)
        try:
            deadline = deadline_after(now, video.spec)
            claimed = self.videos.claim(video, self.claim_token(), now, deadline, self.grace, permit)
        except NotPermitted:
            return result(video, "submit", AT_ONCE)
        if claimed is None:
            return carry_on(self._again(video))
        if claimed.status is not Status.SUBMITTING:
            return carry_on(self._unsent(claimed))
        return self._pay(claimed, request, secret, admission)

    def _unsent(self, video: Video) -> Video:
        """The claim's answer took so long that the video was judged meanwhile: nothing was sent, so there is no doubt."""
        if video.status is not Status.UNCONFIRMED:
            return video
        return self.videos.move(video, Status.QUEUED, self.clock(), **back_in_queue(video, "claim_too_late")) or self._again(video)

    def _pay(self, video: Video, request: PaidRequest, secret: str, admission: Admission) -> Result:
        try:
            upstream_id = self._create(request, secret)
        except (NotAccepted, RefusedAccount) as refusal:
            return self._put_back(video, refusal, admission)
        except RefusedVideo as refusal:
            logger.warning("refused", extra={"video_id": video.id, "code": refusal.code})
            self._works(admission)
            error = {"code": refusal.code, "message": sentence(f"{refusal.message}; nothing was charged")}
            return carry_on(self._settle(video, Status.FAILED, error=error))
        except OutcomeUnknown as silence:
            logger.error("outcome unknown", extra={"video_id": video.id, "code": silence.code})
            return carry_on(self._settle(video, Status.UNCONFIRMED, error=unconfirmed(silence.message)))
        return self._keep_evidence(video, upstream_id, admission)

    def _create(self, request: PaidRequest, secret: str) -> str:
        begun, left = self.clock(), self.seconds_left() - RESERVE
        if left < ENOUGH:
            raise NotAccepted("slow_preparation", "too little time was left to pay")
        seconds = min(left, self.upstream.submit_seconds)
        try:
            return self.upstream.create(request, key=secret, seconds=seconds)
        except RefusedAccount as refusal:
            # The key may have been rotated while this sandbox was warm. A refusal bought nothing, so one more call cannot pay
            # twice; both together stay within the time that one may take, because the grace is counted from it.
            left = seconds - (self.clock() - begun).total_seconds()
            try:
                fresh = self.key.refetch()
            except (RefusedAccount, ClientError, BotoCoreError):
                raise refusal from None  # what is known stays known: nothing was bought
            if fresh == secret or left < ENOUGH:
                raise
            return self.upstream.create(request, key=fresh, seconds=left)

    def _put_back(self, video: Video, refusal: NotAccepted | RefusedAccount, admission: Admission) -> Result:
        """Nothing was bought: the video goes back into the queue first, then the breaker learns of it."""
        logger.warning("not accepted", extra={"video_id": video.id, "code": refusal.code})
        queued = self._settle(video, Status.QUEUED, **back_in_queue(video, refusal.code))
        if isinstance(refusal, RefusedAccount):
            self._trip(refusal.code)
        elif admission.is_probe and admission.code:
            self._trip(admission.code)  # a probe that did not get through says nothing about the account
        if queued.status is not Status.QUEUED:
            return carry_on(queued)
        return result(queued, "submit", _pause(refusal, queued.attempts))

    def _keep_evidence(self, video: Video, upstream_id: str, admission: Admission) -> Result:
        # The log is the second witness, should the table be out of reach at this very moment.
        logger.info("accepted", extra={"video_id": video.id, "upstream_id": upstream_id})
        try:
            is_stored = self.videos.record_evidence(video, upstream_id, self.clock())
        except TaskOfAnother:
            return self._doubt(video, upstream_id, admission)
        if not is_stored:
            # Somebody decided otherwise meanwhile, and the record holds another claim or another task: this one nobody would ask for.
            logger.error("lost", extra={"video_id": video.id, "upstream_id": upstream_id})
            self.count("LostVideos")
        wait = first_wait(video.spec)
        running = self._settle(video, Status.RUNNING, waited=wait, error=None, keep_for=timedelta(seconds=wait))
        self._works(admission)
        return result(running, "wait", wait) if running.status is Status.RUNNING else carry_on(running)

    def _doubt(self, video: Video, upstream_id: str, admission: Admission) -> Result:
        """The film of that task may be another's, so nobody gets it for this video before a person has looked."""
        logger.error("task of another video", extra={"video_id": video.id, "upstream_id": upstream_id})
        self.count("DuplicateTasks")
        self._works(admission)
        return carry_on(self._settle(video, Status.UNCONFIRMED, error=unconfirmed("it answered with the task of another video")))

    def _settle(self, video: Video, target: Status, **changes: Any) -> Video:
        """Make the move that follows from the answer, also when Poll has judged the video unconfirmed meanwhile."""
        moved = self.videos.move(video, target, self.clock(), **changes)
        if moved:
            return moved
        found = self._again(video)
        if found.claim == video.claim and found.status is Status.UNCONFIRMED and target is not Status.UNCONFIRMED:
            return self.videos.move(found, target, self.clock(), **changes) or self._again(video)
        return found

    def _stay(self, video: Video, wait: int, code: str | None) -> Result:
        """Nothing was claimed and nothing may be paid now: the video stays in the queue."""
        logger.warning("not submitted", extra={"video_id": video.id, "code": code})
        self.videos.keep(video, self.clock(), wait, waiting_for=code)
        return result(video, "submit", wait)

    def _trip(self, code: str) -> None:
        logger.error("account refused", extra={"code": code})
        self.controls.write_breaker(tripped(self.controls.read(), code, self.clock()))

    def _works(self, admission: Admission) -> None:
        """An answer about the video itself proves that the account works."""
        if admission.is_probe:
            self.controls.close_breaker()

    def _again(self, video: Video) -> Video:
        return self.videos.get(video.id) or video


def _pause(refusal: UpstreamError, attempt: int) -> int:
    if refusal.retry_after is not None:
        return round(min(max(refusal.retry_after, backoff(attempt - BELIEVED, first=SOONEST)), LATEST))
    return backoff(attempt, first=ACCOUNT_FIRST_WAIT if isinstance(refusal, RefusedAccount) else 5, cap=LATEST)
