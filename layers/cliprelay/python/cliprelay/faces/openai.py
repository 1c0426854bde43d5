"""Videos and events in the words of OpenAI's Videos API."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cliprelay.catalog.registry import model_of
from cliprelay.video.cost import cost_of
from cliprelay.video.links import link_url
from cliprelay.video.record import Video
from cliprelay.video.shown import shown
from cliprelay.video.states import Status

if TYPE_CHECKING:
    from cliprelay.faces.events import EventFacts

# An unconfirmed video may have been paid for, so it does not read as failed: a client would order it again.
STATUSES = {
    Status.QUEUED: "queued",
    Status.SUBMITTING: "queued",
    Status.RUNNING: "in_progress",
    Status.ARCHIVING: "in_progress",
    Status.UNCONFIRMED: "in_progress",
    Status.SUCCEEDED: "completed",
    Status.FAILED: "failed",
    Status.EXPIRED: "failed",
    Status.CANCELED: "failed",
}
# Ends that are no failure of ours have their name as the code of the error.
_ENDS = {
    Status.EXPIRED: "The video was not made within `execution_expires_after`.",
    Status.CANCELED: "The video was canceled.",
}
_KINDS = {
    "video.succeeded": "video.completed",
    "video.failed": "video.failed",
    "video.expired": "video.failed",
    "video.canceled": "video.failed",
    "video.unconfirmed": "video.unconfirmed",
}
# The fields that an order has under other names there.
FIELD_NAMES = {"image": "input_reference", "duration": "seconds", "resolution": "size", "ratio": "size", "aspect_ratio": "size"}
_WITHOUT_KEY = (
    "Sent without an Idempotency-Key: another call with the same fields creates, and pays for, another video. "
    "The retries of OpenAI's packages are recognised and do not."
)


def video_object(video: Video) -> dict[str, Any]:
    """Return the JSON of a video: all members that OpenAI documents, null where unknown, and ours behind them."""
    status = shown(video)
    return {
        "id": video.id,
        "object": "video",
        "model": video.model,
        "status": STATUSES[status],
        "progress": 100 if status is Status.SUCCEEDED else int(video.progress),
        "created_at": _epoch(video.created_at),
        "completed_at": _epoch(video.ended_at) if status is Status.SUCCEEDED else None,
        "expires_at": None if video.expires_at is None else int(video.expires_at),
        "prompt": video.settings.get("prompt"),
        "size": size_of(video),
        "seconds": None if video.spec.duration is None else str(video.spec.duration),
        "remixed_from_video_id": None,
        "error": _error(video, status),
        **_own_members(video),
    }


def event_body(video: Video, event: "EventFacts") -> bytes:
    """Return the body of an event."""
    kind = _KINDS.get(event.kind, event.kind)
    said = {"id": event.id, "object": "event", "created_at": _epoch(event.at), "type": kind, "data": {"id": video.id}}
    return json.dumps(said, separators=(",", ":")).encode()


def size_of(video: Video) -> str | None:
    """Return width and height as `1280x720`: of the file, or as ordered; None while only the picture decides them."""
    if video.facts:
        return f"{video.facts.width}x{video.facts.height}"
    model, spec = model_of(video.model), video.spec
    shape = model.geometry.get(spec.resolution or "", {}).get(spec.ratio or "") if model else None
    if shape:
        return f"{shape[0]}x{shape[1]}"
    size = (video.quote or {}).get("size")
    return str(size) if size else None


def _error(video: Video, status: Status) -> dict[str, str] | None:
    if STATUSES[status] != "failed":
        return None
    known = video.error or {}
    code = status.value if status in _ENDS else known.get("code", "failed")
    usual = _ENDS.get(status, "The video failed.")
    return {"code": code, "message": usual if video.is_silent else known.get("message", usual)}


def _own_members(video: Video) -> dict[str, Any]:
    members = {"cost": cost_of(video), "link": link_url(video), "metadata": video.metadata or None, "warnings": _warnings(video) or None}
    return {name: value for name, value in members.items() if value is not None}


def _warnings(video: Video) -> list[dict[str, str]]:
    return [{**each, "message": _message(each)} for each in video.warnings]


def _message(warning: dict[str, str]) -> str:
    if warning["code"] == "no_idempotency_key":
        return _WITHOUT_KEY
    return warning["message"].replace("`image`", "`input_reference`")


def _epoch(time: str | None) -> int | None:
    return int(datetime.fromisoformat(time).timestamp()) if time else None
