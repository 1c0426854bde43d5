"""Submit: the only step that pays. It prepares all that can fail, claims the video, pays once, and stores the evidence first."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.errors import NotAccepted, OutcomeUnknown, RefusedAccount, RefusedVideo, UpstreamError
from cliprelay.payload import payload_of
from cliprelay.schedule import backoff, first_wait
from cliprelay.states import Status
from cliprelay.upstream import Upstream
from cliprelay.upstream_key import UpstreamKey
from cliprelay.verdicts import back_in_queue, judge_time, sentence, unconfirmed
from cliprelay.video import Video, deadline_after
from cliprelay.video_store import VideoStore
from cliprelay.video_table import VideoTable
from cliprelay.walk import Event, Result, carry_on, result, stale

logger = logging.getLogger("cliprelay.submit")

# The upstream's Retry-After is believed within these bounds, in seconds: a typing error of theirs must not park a video for a year.
SOONEST, LATEST = 1, 300
# So many times in a row alone.
BELIEVED = 5
# A refused key or an empty balance is mended by people, so asking starts slower than for a busy upstream.
ACCOUNT_FIRST_WAIT = 30
# With fewer seconds left a second call would more likely end in doubt than in an answer.
ENOUGH = 30


def submit(
    event: Event,
    *,
    videos: VideoTable,
    store: VideoStore,
    upstream: Upstream,
    key: UpstreamKey,
    claim_token: Callable[[], str],
    clock: Callable[[], datetime],
    grace: timedelta,
) -> Result:
    """Pay for a queued video, at most once; `grace` is how long a silent holder of the claim is believed to live."""
    video = videos.get(event["video_id"])
    if video is None or video.run != event["run"]:
        return stale(event)
    if video.status is not Status.QUEUED:
        return carry_on(video)
    verdict = judge_time(video, clock(), grace)
    if verdict and verdict.target:
        return carry_on(videos.move(video, verdict.target, clock(), **verdict.changes) or _again(videos, video))
    try:
        secret, payload = key(), payload_of(video, store)
    except RefusedAccount as refusal:
        return _stay(video, refusal, videos, clock())
    now = clock()
    claimed = videos.claim(video, claim_token(), now, deadline_after(now, video.settings), grace)
    if claimed is None:
        return carry_on(_again(videos, video))
    return _pay(claimed, payload, secret, videos=videos, upstream=upstream, key=key, clock=clock)


def _pay(
    video: Video,
    payload: bytes,
    secret: str,
    *,
    videos: VideoTable,
    upstream: Upstream,
    key: UpstreamKey,
    clock: Callable[[], datetime],
) -> Result:
    try:
        upstream_id = _create(video, payload, secret, upstream, key, clock)
    except (NotAccepted, RefusedAccount) as refusal:
        logger.warning("not accepted", extra={"video_id": video.id, "code": refusal.code})
        queued = _settle(videos, video, Status.QUEUED, clock(), **back_in_queue(video, refusal.code))
        return carry_on(queued) if queued.status is not Status.QUEUED else result(queued, "submit", _pause(refusal, queued.attempts))
    except RefusedVideo as refusal:
        logger.warning("refused", extra={"video_id": video.id, "code": refusal.code})
        error = {"code": refusal.code, "message": sentence(f"{refusal.message}; nothing was charged")}
        return carry_on(_settle(videos, video, Status.FAILED, clock(), error=error))
    except OutcomeUnknown as silence:
        logger.error("outcome unknown", extra={"video_id": video.id, "code": silence.code})
        return carry_on(_settle(videos, video, Status.UNCONFIRMED, clock(), error=unconfirmed(silence.message)))
    return _keep_evidence(video, upstream_id, videos, clock())


def _create(video: Video, payload: bytes, secret: str, upstream: Upstream, key: UpstreamKey, clock: Callable[[], datetime]) -> str:
    begun = clock()
    try:
        return upstream.create(video.model, payload, key=secret)
    except RefusedAccount as refusal:
        # The key may have been rotated while this sandbox was warm. A refusal bought nothing, so one more call cannot pay twice;
        # both together stay within the time that one may take, because the grace is counted from it.
        left = upstream.submit_seconds - (clock() - begun).total_seconds()
        try:
            fresh = key.refetch()
        except (RefusedAccount, ClientError, BotoCoreError):
            raise refusal from None  # what is known stays known: nothing was bought
        if fresh == secret or left < ENOUGH:
            raise
        return upstream.create(video.model, payload, key=fresh, seconds=left)


def _keep_evidence(video: Video, upstream_id: str, videos: VideoTable, now: datetime) -> Result:
    # The log is the second witness, should the table be out of reach at this very moment.
    logger.info("accepted", extra={"video_id": video.id, "upstream_id": upstream_id})
    videos.record_evidence(video.id, video.claim or "", upstream_id)
    wait = first_wait(video.settings["service_tier"], video.settings["duration"])
    running = _settle(videos, video, Status.RUNNING, now, waited=wait, error=None, keep_for=timedelta(seconds=wait))
    return result(running, "wait", wait) if running.status is Status.RUNNING else carry_on(running)


def _settle(videos: VideoTable, video: Video, target: Status, now: datetime, **changes: Any) -> Video:
    """Make the move that follows from the answer, also when Poll has judged the video unconfirmed meanwhile."""
    moved = videos.move(video, target, now, **changes)
    if moved:
        return moved
    found = _again(videos, video)
    if found.claim == video.claim and found.status is Status.UNCONFIRMED and target is not Status.UNCONFIRMED:
        return videos.move(found, target, now, **changes) or _again(videos, video)
    return found


def _stay(video: Video, refusal: UpstreamError, videos: VideoTable, now: datetime) -> Result:
    """Nothing was claimed and nothing can be paid now: the video stays in the queue."""
    logger.warning("not submitted", extra={"video_id": video.id, "code": refusal.code})
    wait = _pause(refusal, video.attempts + 1)
    videos.keep(video, now, wait, attempts=video.attempts + 1, waiting_for=refusal.code)
    return result(video, "submit", wait)


def _pause(refusal: UpstreamError, attempt: int) -> int:
    if refusal.retry_after is not None:
        # An upstream that says "1" for days would wear out the execution's history: after a few tries our own pauses grow beside it.
        return round(min(max(refusal.retry_after, backoff(attempt - BELIEVED, first=SOONEST)), LATEST))
    return backoff(attempt, first=ACCOUNT_FIRST_WAIT if isinstance(refusal, RefusedAccount) else 5, cap=LATEST)


def _again(videos: VideoTable, video: Video) -> Video:
    found = videos.get(video.id)
    return found if found else video
