"""All that a record says about one video, in the order in which an owner asks; never the prompt unasked, never a link."""

from datetime import datetime
from typing import Any

from cliprelay.video.record import ImageSource, Video
from cliprelay.video.states import Status
from operate.terminal import harmless, when
from operate.views.payment import money

Facts = list[tuple[str, str]]

# What the clock alone does at the deadline to a video that the upstream is not known to have.
_AT_DEADLINE = {
    Status.QUEUED: "; then it ends as failed: not_submitted",
    Status.UNCONFIRMED: "; then it ends by itself as failed: outcome_unknown",
}


def dossier(video: Video, now: datetime, *, with_prompt: bool) -> Facts:
    """What is known of a video, as names and values; names without a value are left out."""
    word, reason = money(video)
    facts = [
        ("video", video.id),
        ("tenant", video.tenant),
        ("status", video.status.value),
        ("money", f"{word.value}: {reason}"),
        ("error", _error(video)),
        ("waiting for", harmless(video.waiting_for or "")),
        ("upstream id", harmless(video.upstream_id or "none is known")),
        *_times(video, now),
        *_order(video, with_prompt=with_prompt),
        ("file", f"{video.bytes} bytes, SHA-256 {video.sha256}, at {video.object_key}" if video.object_key else ""),
        ("told", _told(video)),
    ]
    return [(name, value) for name, value in facts if value]


def step_of(video: Video) -> str:
    """The step whose log says most about how the video stands."""
    if video.status in (Status.ARCHIVING, Status.SUCCEEDED):
        return "Archive"
    return "Poll" if video.upstream_id else "Submit"


def _times(video: Video, now: datetime) -> Facts:
    moments = [
        ("created", video.created_at),
        ("claimed", video.claimed_at),
        ("submitted", video.submitted_at),
        ("archiving", video.archiving_at),
        ("updated", video.updated_at),
        ("ended", video.ended_at),
        ("kept until", video.expires_at),
    ]
    times = [(name, when(moment, now)) for name, moment in moments if moment is not None]
    if not video.is_over:
        outlook = "" if video.upstream_id else _AT_DEADLINE.get(video.status, "")
        times.append(("deadline", f"{when(video.deadline, now)}{outlook}"))
    return times


def _order(video: Video, *, with_prompt: bool) -> Facts:
    settings = {name: value for name, value in sorted(video.settings.items()) if name != "prompt"}
    return [
        ("model", harmless(video.model)),
        ("settings", _pairs(settings)),
        ("prompt", harmless(video.spec.prompt) if with_prompt else ""),
        ("image", _image(video.image)),
        ("last image", _image(video.last_image)),
        ("metadata", _pairs(video.metadata)),
        ("tries", f"{video.attempts} before, which surely bought nothing" if video.attempts else ""),
    ]


def _error(video: Video) -> str:
    return harmless("{code}: {message}".format(**({"code": "?", "message": "?"} | video.error))) if video.error else ""


def _told(video: Video) -> str:
    if video.event_id is None:
        return ""
    return f"not yet, event {video.event_id}" if video.must_be_told else f"event {video.told}"


def _image(source: ImageSource | None) -> str:
    if source is None:
        return ""
    return f"the client's own, {harmless(source.url)}" if source.url else f"in the bucket, {source.content_type or 'of no type'}"


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{harmless(name)}={harmless(str(value))}" for name, value in values.items())
