"""A video as a task of the provider's own API, in its answers and in the webhooks of its orders.

A public client reads every member by its type: `""` for an unknown number breaks its polls, so what is unknown is left out.
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cliprelay.catalog.model import TIMED_SECONDS
from cliprelay.catalog.registry import model_of
from cliprelay.video.links import link_url
from cliprelay.video.record import Video
from cliprelay.video.shown import shown
from cliprelay.video.states import Status

if TYPE_CHECKING:
    from cliprelay.faces.events import EventFacts

QUEUED, PROCESSING = "TASK_STATUS_QUEUED", "TASK_STATUS_PROCESSING"
SUCCEED, FAILED = "TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED"

# Clients know no other word. An unconfirmed video is never FAILED, because its client would order again what may be paid.
WORDS = {
    Status.QUEUED: QUEUED,
    Status.SUBMITTING: QUEUED,
    Status.RUNNING: PROCESSING,
    Status.ARCHIVING: PROCESSING,
    Status.UNCONFIRMED: PROCESSING,
    Status.SUCCEEDED: SUCCEED,
    Status.FAILED: FAILED,
    Status.EXPIRED: FAILED,
    Status.CANCELED: FAILED,
}
# Receivers are to ignore types that they do not know; this one is no end.
ENDED_EVENT, UNCONFIRMED_EVENT = "ASYNC_TASK_RESULT", "ASYNC_TASK_UNCONFIRMED"

_REASONS = {
    Status.CANCELED: "canceled: The video was canceled.",
    Status.EXPIRED: "expired: The provider did not finish the video in time.",
    Status.UNCONFIRMED: "unconfirmed: Whether the provider accepted the order is not known yet, so it may be paid; the operator is asked.",
}


def task_of(video: Video, now: datetime) -> dict[str, Any]:
    """Return a video as a task; the lifetime of its link and the estimate of its end are counted from `now`."""
    status = shown(video)
    task = {
        "task_id": video.id,
        "task_type": "IMG_TO_VIDEO" if video.image else "TXT_TO_VIDEO",
        "status": WORDS[status],
        "reason": _reason(video, status),
        "eta": _eta(video, status, now),
        "progress_percent": video.progress,
    }
    return {"extra": _extra(video), "task": task, "images": [], "videos": _files(video, status, now), "audios": []}


def unread_task(task_id: str) -> dict[str, Any]:
    """Return a task whose record cannot be read at the moment; its client asks again."""
    task = {"task_id": task_id, "task_type": "IMG_TO_VIDEO", "status": PROCESSING, "reason": "", "eta": 0, "progress_percent": 0}
    return {"extra": {}, "task": task, "images": [], "videos": [], "audios": []}


def event_of(video: Video, event: "EventFacts") -> bytes:
    """Return the body of an event: the task as it is now, its link's lifetime counted from the time of the event."""
    kind = UNCONFIRMED_EVENT if event.kind == "video.unconfirmed" else ENDED_EVENT
    body = {"event_type": kind, "payload": task_of(video, datetime.fromisoformat(event.at))}
    # A question mark replaces a lone surrogate, which an old record may contain.
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _reason(video: Video, status: Status) -> str:
    if status is Status.FAILED and video.error:
        return f"{video.error['code']}: {video.error['message']}"
    return _REASONS.get(status, "")


def _eta(video: Video, status: Status, now: datetime) -> int:
    """Return the seconds that a video like this usually still takes; 0 if that is not known, or over."""
    model = model_of(video.model)
    typical = model.typical.get(video.spec.tier) if model else None
    if typical is None or typical.median is None or status not in (Status.QUEUED, Status.SUBMITTING, Status.RUNNING):
        return 0
    whole = typical.median + typical.per_extra_second * max(0, (video.spec.duration or 0) - TIMED_SECONDS)
    since = now.timestamp() - video.submitted_at if video.submitted_at else 0
    return max(0, round(whole - since))


def _extra(video: Video) -> dict[str, Any]:
    seed = video.settings.get("seed")
    known = {} if seed is None or seed < 0 else {"seed": str(seed)}
    return {**known, **_debug_info(video)}


def _debug_info(video: Video) -> dict[str, Any]:
    """Return the times of a task, in milliseconds since the epoch, once all three are known."""
    if video.submitted_at is None or video.ended_at is None:
        return {}
    times = {
        "submit_time_ms": _milliseconds(video.created_at),
        "execute_time_ms": str(video.submitted_at * 1_000),
        "complete_time_ms": _milliseconds(video.ended_at),
    }
    return {"debug_info": {"request_info": "", **times}}


def _files(video: Video, status: Status, now: datetime) -> list[dict[str, str]]:
    """Return the file of a video that succeeded, under its durable link, which needs no key."""
    link = link_url(video) if status is Status.SUCCEEDED else None
    if link is None:
        return []
    left = max(0, (video.expires_at or 0) - int(now.timestamp()))
    return [{"video_url": link, "video_url_ttl": str(left), "video_type": "mp4"}]


def _milliseconds(moment: str) -> str:
    return str(int(datetime.fromisoformat(moment).astimezone(UTC).timestamp()) * 1_000)
