"""A video as a content generation task of Ark, the API of Seedance's vendor: in answers and in callbacks."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cliprelay.catalog.registry import model_of
from cliprelay.video.cost import cost_of
from cliprelay.video.links import link_url
from cliprelay.video.record import Video
from cliprelay.video.shown import shown
from cliprelay.video.states import Status

# What the vendor's API knows; an unconfirmed video goes on until it is known what became of it.
WORDS: Mapping[Status, str] = {
    Status.QUEUED: "queued",
    Status.SUBMITTING: "queued",
    Status.RUNNING: "running",
    Status.ARCHIVING: "running",
    Status.UNCONFIRMED: "running",
    Status.SUCCEEDED: "succeeded",
    Status.FAILED: "failed",
    Status.EXPIRED: "expired",
    Status.CANCELED: "cancelled",
}
# The events that a callback is sent for, apart from `video.running`; the vendor sends none for what was cancelled.
CALLBACK_EVENTS = ("video.expired", "video.failed", "video.succeeded", "video.unconfirmed")
# In bytes, as of all webhooks: some receivers refuse more.
LONGEST_CALLBACK = 20_000
# The vendor's identifier of an end user, kept among the metadata.
SAFETY_IDENTIFIER = "safety_identifier"
# Settings of a task by what they are to us, in the order in which the vendor shows them.
_SETTINGS = {
    "seed": "seed",
    "resolution": "resolution",
    "ratio": "ratio",
    "duration": "duration",
    "fps": "framespersecond",
    "audio": "generate_audio",
    "camera_fixed": "camera_fixed",
    "watermark": "watermark",
    "service_tier": "service_tier",
    "execution_expires_after": "execution_expires_after",
}


def status_word(video: Video) -> str:
    """Return the status of a task."""
    return WORDS[shown(video)]


def asked_model(video: Video) -> str:
    """Return the model as the order named it: callers compare."""
    return video.asked_model or video.model


def task_of(video: Video) -> dict[str, Any]:
    """Return a task; what is not known is left out, but for `error`, which is null unless the task has failed."""
    status = status_word(video)
    members = {
        "id": video.id,
        "model": asked_model(video),
        "status": status,
        "content": _content(video) if status == "succeeded" else None,
        "usage": _usage(video) if status == "succeeded" else None,
        "created_at": _seconds(video.created_at),
        "updated_at": _seconds(video.updated_at),
        **_settings(video),
        SAFETY_IDENTIFIER: video.metadata.get(SAFETY_IDENTIFIER),
        "metadata": {name: value for name, value in video.metadata.items() if name != SAFETY_IDENTIFIER} or None,
        "warnings": video.warnings or None,
    }
    known = {name: value for name, value in members.items() if value is not None}
    return known | {"error": _error(video) if status == "failed" else None}


def callback_body(video: Video) -> bytes:
    """Return the body of a callback: the task as a GET shows it at this moment, without what is too long for a receiver."""
    task = task_of(video)
    for name in ("warnings", "metadata"):
        if len(_encoded(task)) > LONGEST_CALLBACK:
            task.pop(name, None)
    return _encoded(task)


def _encoded(task: Mapping[str, Any]) -> bytes:
    return json.dumps(task, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _content(video: Video) -> dict[str, str] | None:
    link = link_url(video)
    return {"video_url": link} if link else None


def _usage(video: Video) -> dict[str, int] | None:
    cost = cost_of(video)
    return {"completion_tokens": cost["tokens"], "total_tokens": cost["tokens"]} if cost else None


def _error(video: Video) -> dict[str, str]:
    return {"code": "InternalServiceError", "message": "The video failed.", **(video.error or {})}


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _settings(video: Video) -> dict[str, Any]:
    """Return the settings under the vendor's names; a deleted video has only those that its price follows from."""
    model = model_of(video.model)
    if model is None:
        return {}
    names = {field.means: field.name for field in model.fields}
    found = {theirs: video.settings.get(names[role]) for role, theirs in _SETTINGS.items() if role in names}
    return found | ({"ratio": _ratio(video)} if found.get("ratio") == "adaptive" else {})


def _ratio(video: Video) -> str:
    """Return the shape of an adaptive video: that of its file, once that is known."""
    model, facts = model_of(video.model), video.facts
    if model is None or facts is None:
        return "adaptive"
    shapes = model.geometry[video.spec.resolution or next(iter(model.geometry))]
    return next((ratio for ratio, size in shapes.items() if size == (facts.width, facts.height)), "adaptive")
