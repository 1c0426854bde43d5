"""Poll: asks the upstream how a video stands, and is the only step that ends one that was paid."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from cliprelay.errors import NoAnswer, RefusedAccount, TaskNotFound
from cliprelay.upstream.contract import Provider
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable
from cliprelay.workflow.contract import CLAIM_HELD, Event, Result, carry_on, result, stale
from cliprelay.workflow.decisions import LOST, Verdict, judge_absence, judge_silence, judge_task, judge_time
from cliprelay.workflow.schedule import backoff, next_wait

logger = logging.getLogger("cliprelay.poll")


def poll(
    event: Event,
    *,
    videos: VideoTable,
    upstream: Provider,
    clock: Callable[[], datetime],
    grace: timedelta,
    count: Callable[[str], None],
) -> Result:
    """Ask once and act on the answer; `grace` judges a claim whose holder fell silent, `count` adds one to a metric."""
    video = videos.get(event["video_id"])
    if video is None or video.run != event["run"]:
        return stale(event)
    if video.status in (Status.RUNNING, Status.ARCHIVING):
        verdict, eta = _ask(video, upstream, clock(), count)
        return _act(video, verdict, eta, videos, clock(), count)
    verdict_of_time = judge_time(video, clock(), grace)
    if verdict_of_time:
        return _act(video, verdict_of_time, None, videos, clock(), count)
    if video.status is Status.SUBMITTING:
        videos.keep(video, clock(), CLAIM_HELD)
    return carry_on(video)


def _ask(video: Video, upstream: Provider, now: datetime, count: Callable[[str], None]) -> tuple[Verdict, float | None]:
    try:
        task = upstream.task(video.upstream_id or "")
    except TaskNotFound:
        logger.warning("no such task", extra={"video_id": video.id})
        return judge_absence(video), None
    except (NoAnswer, RefusedAccount) as silence:
        logger.warning("no answer", extra={"video_id": video.id, "code": silence.code})
        if isinstance(silence, RefusedAccount):
            count("RefusedPolls")
        return judge_silence(video, now), silence.retry_after
    if not task.known_word:
        logger.warning("unknown status word", extra={"video_id": video.id})
        count("UnknownStatusWords")
    return judge_task(video, task, now), task.eta


def _act(video: Video, verdict: Verdict, eta: float | None, videos: VideoTable, now: datetime, count: Callable[[str], None]) -> Result:
    if verdict.target is not None:
        if (verdict.changes.get("error") or {}).get("code") in LOST:
            # Before the move: a crash, or a lost answer of the table, may ring the alarm twice, but never leave it silent.
            logger.error("lost", extra={"video_id": video.id, "upstream_id": video.upstream_id})
            count("LostVideos")
        return carry_on(videos.move(video, verdict.target, now, **verdict.changes) or videos.get(video.id) or video)
    wait = _wait(video, verdict, eta)
    if not videos.keep(video, now, wait, **{**verdict.changes, "waited": video.waited + wait}):
        return carry_on(videos.get(video.id) or video)
    if "upstream_url" in verdict.changes:
        return result(video, "archive")
    return result(video, "wait", wait)


def _wait(video: Video, verdict: Verdict, eta: float | None) -> int:
    misses = verdict.changes.get("misses", 0)
    return backoff(misses) if misses else next_wait(video.waited, video.spec.tier, eta)
