"""Poll: ask the upstream for the status of a video; the only step that fails a video with a task."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from cliprelay.errors import NoAnswer, RefusedAccount, TaskNotFound
from cliprelay.faces.events import says_running
from cliprelay.upstream.contract import Provider
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable, Written
from cliprelay.workflow.contract import CLAIM_HELD, Event, Result, carry_on, result, stale
from cliprelay.workflow.decisions import LOST, Decision, judge_absence, judge_silence, judge_task, judge_time
from cliprelay.workflow.durations import NOTHING
from cliprelay.workflow.durations_table import DurationsTable
from cliprelay.workflow.leases import Note, note_of
from cliprelay.workflow.schedule import backoff, by_deadline, next_wait, wait_in_silence

logger = logging.getLogger("cliprelay.poll")


def poll(
    event: Event,
    *,
    videos: VideoTable,
    upstream: Provider,
    clock: Callable[[], datetime],
    grace: timedelta,
    count: Callable[[str], None],
    durations: DurationsTable | None = None,
    say_running: Callable[[Video], None] = lambda video: None,
) -> Result:
    """Poll once and act on the answer; `grace` is how long a claim may stay silent, `count` adds one to a metric.

    Without `durations`, the schedule is the fixed one. `say_running` starts the event of a video that has begun to run.
    """
    video = videos.get(event["video_id"])
    if video is None or video.run != event["run"]:
        return stale(event)
    if video.status is Status.ARCHIVING and video.discard:
        return carry_on(video)
    if video.status in (Status.RUNNING, Status.ARCHIVING):
        asked_at = clock()
        decision, eta = _ask(video, upstream, asked_at, count)
        if decision.target is None:
            if _begins_to_run(video, event.get("wait")) and says_running(video):
                say_running(video)  # before the record says that this poll is over: a repeated one says it again, in vain
            return _wait_on(video, decision, eta, videos, clock(), durations)
        moved = _move(video, decision, videos, clock(), count)
        if moved.won and durations is not None:
            _learn(video, decision, event.get("wait"), asked_at, durations)
        return carry_on(moved.video)
    time_decision = judge_time(video, clock(), grace)
    if time_decision and time_decision.target:
        return carry_on(_move(video, time_decision, videos, clock(), count).video)
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


def _move(video: Video, decision: Decision, videos: VideoTable, now: datetime, count: Callable[[str], None]) -> Written:
    assert decision.target is not None  # noqa: S101 - for the type checker
    if (decision.changes.get("error") or {}).get("code") in LOST:
        # Before the move: a crash or a lost response of the table may raise the alarm twice but never suppress it.
        logger.error("lost", extra={"video_id": video.id, "upstream_id": video.upstream_id})
        count("LostVideos")
    if decision.doubted_tokens:
        logger.error("usage doubted", extra={"video_id": video.id, "tokens": decision.doubted_tokens})
        count("DoubtedUsage")
    return videos.move(video, decision.target, now, keep_for=decision.keep_for, **decision.changes)


def _wait_on(
    video: Video, decision: Decision, eta: float | None, videos: VideoTable, now: datetime, durations: DurationsTable | None
) -> Result:
    """Ask again later, or copy from a fresh link; the record is written only if that is due."""
    age = _age(video, now)
    misses = decision.changes.get("misses", 0)
    # A video that is being copied has ended, so that the durations say nothing about it.
    seen = durations.of(video) if durations and video.status is Status.RUNNING and not misses else NOTHING
    wait = backoff(misses) if misses else next_wait(age, video.spec.tier, eta, seen)
    if since := decision.changes.get("failing_since"):
        wait = wait_in_silence(wait, now.timestamp() - since, eta)
    if video.status is Status.RUNNING:
        wait = by_deadline(wait, video.deadline - now.timestamp())
    if (note := note_of(video, decision.changes, now, wait)) is not Note.NOTHING:
        # `waited` is for the version before, which takes it for the age.
        changes = {**decision.changes, "waited": round(age) + wait}
        noted = videos.note(video, **changes) if note is Note.PROGRESS else videos.extend_lease(video, now, wait, **changes)
        if not noted.won:
            return carry_on(noted.video)
    if "upstream_url" in decision.changes:
        return result(video, "archive")
    return result(video, "wait", wait)


def _begins_to_run(video: Video, waited: int | None) -> bool:
    """Return whether this is the first poll of a running video: `waited` is what Submit has written, or nothing is written yet."""
    return video.status is Status.RUNNING and video.waited in (0, waited) and not video.is_silent


def _age(video: Video, now: datetime) -> float:
    """Return the seconds since the submit; a record of the operator or of an old version may not have its time."""
    return max(0.0, now.timestamp() - video.submitted_at) if video.submitted_at else float(video.waited)


def _learn(video: Video, decision: Decision, waited: int | None, asked_at: datetime, durations: DurationsTable) -> None:
    """Learn from a video that the upstream finished between the last two polls, unless it is not known when the one before was.

    That is so in another run than the first, after answers that were no use, and for a task that was adopted (`waited` is 0).
    """
    is_regular = video.run == 1 and video.waited > 0 and not video.misses and video.failing_since is None
    if decision.target is Status.ARCHIVING and waited is not None and video.submitted_at and is_regular:
        age = _age(video, asked_at)
        durations.learn(video, max(0.0, age - waited), age)
