"""Poll: ask the upstream for the status of a video; the only step that fails a video with a task."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from cliprelay.errors import NoAnswer, RefusedAccount, TaskNotFound
from cliprelay.upstream.contract import Provider
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable
from cliprelay.workflow.contract import CLAIM_HELD, Event, Result, carry_on, result, stale
from cliprelay.workflow.decisions import LOST, Decision, judge_absence, judge_silence, judge_task, judge_time
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
    """Poll once and act on the answer; `grace` is how long a claim may stay silent, `count` adds one to a metric."""
    video = videos.get(event["video_id"])
    if video is None or video.run != event["run"]:
        return stale(event)
    if video.status in (Status.RUNNING, Status.ARCHIVING):
        decision, eta = _ask(video, upstream, clock(), count)
        return _act(video, decision, eta, videos, clock(), count)
    time_decision = judge_time(video, clock(), grace)
    if time_decision:
        return _act(video, time_decision, None, videos, clock(), count)
    if video.status is Status.SUBMITTING:
        videos.extend_lease(video, clock(), CLAIM_HELD)
    return carry_on(video)


def _ask(video: Video, upstream: Provider, now: datetime, count: Callable[[str], None]) -> tuple[Decision, float | None]:
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


def _act(video: Video, decision: Decision, eta: float | None, videos: VideoTable, now: datetime, count: Callable[[str], None]) -> Result:
    if decision.target is not None:
        if (decision.changes.get("error") or {}).get("code") in LOST:
            # Before the move: a crash or a lost response of the table may raise the alarm twice but never suppress it.
            logger.error("lost", extra={"video_id": video.id, "upstream_id": video.upstream_id})
            count("LostVideos")
        if decision.doubted_tokens:
            logger.error("usage doubted", extra={"video_id": video.id, "tokens": decision.doubted_tokens})
            count("DoubtedUsage")
        return carry_on(videos.move(video, decision.target, now, **decision.changes).video)
    wait = _wait(video, decision, eta)
    noted = videos.extend_lease(video, now, wait, **{**decision.changes, "waited": video.waited + wait})
    if not noted.won:
        return carry_on(noted.video)
    if "upstream_url" in decision.changes:
        return result(video, "archive")
    return result(video, "wait", wait)


def _wait(video: Video, decision: Decision, eta: float | None) -> int:
    misses = decision.changes.get("misses", 0)
    return backoff(misses) if misses else next_wait(video.waited, video.spec.tier, eta)
