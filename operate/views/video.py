"""List the facts that a record holds about one video; the prompt only on request, and never a link."""

from datetime import datetime
from typing import Any

from cliprelay.catalog.micros import usd
from cliprelay.video.charge import charge_of
from cliprelay.video.record import ImageSource, Video
from cliprelay.video.shown import billed
from cliprelay.video.states import Status
from operate.terminal import format_time, sanitize
from operate.views.copies import describe_copies
from operate.views.payment import payment

Facts = list[tuple[str, str]]

# How the deadline ends a video without a known upstream id.
_AT_DEADLINE = {
    Status.QUEUED: "; then it ends as failed: not_submitted",
    Status.UNCONFIRMED: "; then it ends as failed: outcome_unknown",
}


def video_facts(video: Video, now: datetime, *, with_prompt: bool) -> Facts:
    """Return the known facts about a video as names and values, without empty ones."""
    state, reason = payment(video)
    facts = [
        ("video", video.id),
        ("tenant", video.tenant),
        ("status", video.status.value),
        ("payment", f"{state.value}: {reason}"),
        ("cost", _cost(video)),
        ("canceled", _canceled(video, now)),
        ("error", _error(video)),
        ("waiting for", sanitize(video.waiting_for or "")),
        ("upstream id", sanitize(video.upstream_id or "unknown")),
        *_times(video, now),
        *_limits(video, now),
        *_order(video, with_prompt=with_prompt),
        ("file", f"{video.bytes} bytes, SHA-256 {video.sha256}, at {video.object_key}" if video.object_key else ""),
        *describe_copies(video),
        ("notified", _notification(video)),
    ]
    return [(name, value) for name, value in facts if value]


def step_of(video: Video) -> str:
    """Return the step whose log says most about the video's current status."""
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
        ("failing since", video.failing_since),
        ("ended", video.ended_at),
        ("deleted", video.deleted_at),
        ("objects deleted again", video.erase_at),
        ("retained until", video.expires_at),
    ]
    times = [(name, format_time(moment, now)) for name, moment in moments if moment is not None]
    if not video.is_over:
        outlook = "" if video.upstream_id else _AT_DEADLINE.get(video.status, "")
        times.append(("deadline", f"{format_time(video.deadline, now)}{outlook}"))
    return times


def _order(video: Video, *, with_prompt: bool) -> Facts:
    if video.deleted_at:
        return [("model", sanitize(video.model)), ("settings", _pairs(video.settings))]
    settings = {name: value for name, value in sorted(video.settings.items()) if name != "prompt"}
    return [
        ("model", sanitize(video.model)),
        ("provider", sanitize(video.provider or "")),
        ("key", sanitize(video.key_name or "")),
        ("settings", _pairs(settings)),
        ("prompt", sanitize(video.spec.prompt) if with_prompt else ""),
        ("image", _image(video.image)),
        ("last image", _image(video.last_image)),
        ("metadata", _pairs(video.metadata)),
        ("attempts", f"{video.attempts} before, none of them paid" if video.attempts else ""),
    ]


def _cost(video: Video) -> str:
    charge = charge_of(video)
    return f"{usd(charge.micros)} USD, {charge.kind.value}" if video.quote else ""


def _canceled(video: Video, now: datetime) -> str:
    """Say what the owner has asked for, and what clients see since then."""
    if video.cancel_requested_at is None:
        return ""
    file = ", and its file is thrown away" if video.discard else ""
    return f"{format_time(video.cancel_requested_at, now)}; clients see `canceled`, billed: {billed(video)}{file}"


def _limits(video: Video, now: datetime) -> Facts:
    """Return when the client wants the video to be submitted."""
    earliest = format_time(video.not_before, now) if video.not_before else ""
    by = "" if video.expires_in is None else f"{video.expires_in} s, until {format_time(video.submit_by, now)}"
    return [("not before", earliest), ("expires in", by)]


def _error(video: Video) -> str:
    return sanitize("{code}: {message}".format(**({"code": "?", "message": "?"} | video.error))) if video.error else ""


def _notification(video: Video) -> str:
    if video.event_id is None:
        return ""
    return f"not yet, event {video.event_id}" if video.must_be_announced else f"event {video.told}"


def _image(source: ImageSource | None) -> str:
    if source is None:
        return ""
    return f"the client's URL, {sanitize(source.url)}" if source.url else f"in the bucket, {source.content_type or 'unknown type'}"


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{sanitize(name)}={sanitize(str(value))}" for name, value in values.items())
