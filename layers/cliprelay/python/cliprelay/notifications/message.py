"""SNS messages about events: text for people, JSON for machines, attributes for filter policies."""

import json
from dataclasses import dataclass
from typing import Any

from cliprelay.notifications.excerpt import excerpt
from cliprelay.video.cost import cost_of
from cliprelay.video.kept_copies import UNVERIFIED
from cliprelay.video.links import link_url, poster_link
from cliprelay.video.poster import NO_POSTER, shown_facts
from cliprelay.video.record import Video
from cliprelay.video.shown import Billed, billed, event_status
from cliprelay.video.states import Status

# SNS allows at most 100 ASCII characters without control characters.
SUBJECT_LIMIT = 100

_HAPPENED = {
    Status.SUCCEEDED: "is ready",
    Status.FAILED: "failed",
    Status.EXPIRED: "expired",
    Status.CANCELED: "was canceled",
    Status.UNCONFIRMED: "may have been charged and needs your attention",
}


_BILLED: dict[Billed, str] = {
    "possibly": "You asked for that; it may have been charged.",
    "yes": "You asked for that when it had already been submitted; it was charged.",
    "no": "You asked for that; nothing was charged.",
    "unknown": "You asked for that when it had already been submitted; whether it was charged is not known.",
}


@dataclass(frozen=True)
class Announcement:
    """One event in the form for SNS."""

    subject: str
    email: str
    data: str
    attributes: dict[str, str]


def announce(video: Video, *, url: str | None, url_expires_at: str | None) -> Announcement:
    """Return the event of a video's current state; `url` is presigned and valid until `url_expires_at` at most."""
    kind = f"video.{event_status(video).value}"
    return Announcement(
        subject=f"ClipRelay: video {video.id} {_HAPPENED[event_status(video)]}"[:SUBJECT_LIMIT],
        email=_text(video, url, url_expires_at),
        data=json.dumps(_event(video, kind, url, url_expires_at), ensure_ascii=False),
        attributes={"type": kind, "tenant": video.tenant, "video_id": video.id, "model": video.model},
    )


def content_url(video: Video) -> str:
    """Return the API's URL of the finished file; it needs an API key, and works while the video is retained."""
    return f"{video.base_url}/v1/videos/{video.id}/content"


def _event(video: Video, kind: str, url: str | None, url_expires_at: str | None) -> dict[str, Any]:
    if video.deleted_at:
        data: dict[str, Any] = {"id": video.id, "status": event_status(video).value, "deleted_at": video.deleted_at}
        return {"id": video.event_id, "type": kind, "timestamp": video.event_at, "data": data}
    data = {"id": video.id, "status": event_status(video).value, "model": video.model, "metadata": video.metadata}
    if cost := cost_of(video):
        data["cost"] = cost
    if bill := billed(video):
        data |= {"cancel_requested_at": video.cancel_requested_at, "billed": bill}
    if url:
        file = {"bytes": video.bytes, "sha256": video.sha256, "content_type": "video/mp4"}
        data["video"] = {**file, "url": url, "url_expires_at": url_expires_at, "content_url": content_url(video)}
        data["video"] |= {"link": link_url(video), "kept_until": video.kept_until} if video.link else {}
        data["video"] |= shown_facts(video)
    if warnings := [each for each in video.warnings if each.get("code") in (UNVERIFIED, NO_POSTER)]:
        data["warnings"] = warnings
    if video.error:
        data["error"] = video.error
    return {"id": video.event_id, "type": kind, "timestamp": video.event_at, "data": data}


def _doubt(video: Video) -> dict[str, str] | None:
    """Return the warning that the file could not be verified, if it could not."""
    return next((each for each in video.warnings if each.get("code") == UNVERIFIED), None)


def _where(video: Video, url: str | None, url_expires_at: str | None) -> list[str]:
    if link := link_url(video):
        lasting = [f"Watch or save it until {video.kept_until} (this link can be revoked):", "", link]
        lasting += ["", "A picture of it:", "", poster] if (poster := poster_link(video)) else []
        return [*lasting, "", f"Or directly from the bucket, until {url_expires_at} at most:", "", f"{url}"]
    return [
        f"Watch or save it soon, until {url_expires_at} at most:",
        "",
        f"{url}",
        "",
        "After that, with your API key:",
        "",
        content_url(video),
    ]


def _cost(video: Video) -> list[str]:
    """Say what the video cost, or may have cost."""
    cost = cost_of(video)
    if cost is None:
        return []
    if not cost["settled"]:
        return [f"  Cost:   at most ${cost['usd']}; whether it was charged is not known"]
    if not cost["tokens"]:
        return ["  Cost:   nothing was charged"]
    return [f"  Cost:   ${cost['usd']}{' (estimated from published prices)' if cost['estimated'] else ''}"]


def _text(video: Video, url: str | None, url_expires_at: str | None) -> str:
    happened = _HAPPENED[event_status(video)]
    if video.deleted_at:
        return "\n".join([f"Your video {happened}, and was deleted at {video.deleted_at}.", "", f"  Video:  {video.id}", ""])
    prompt = f"  Prompt: {excerpt(video.spec.prompt)}"
    lines = [f"Your video {happened}.", "", prompt, f"  Video:  {video.id}", *_cost(video), ""]
    if bill := billed(video):
        lines += [_BILLED[bill], ""]
    if url:
        lines += _where(video, url, url_expires_at)
        lines += ["", f"Warning: {doubt['message']}"] if (doubt := _doubt(video)) else []
    elif video.error or not bill:
        error = video.error or {}
        lines += [f"Reason: {error.get('message', 'not given')}", f"Code: {error.get('code', 'unknown')}"]
    if video.status is Status.UNCONFIRMED:
        lines += ["", "It is not resubmitted automatically. Check the upstream's bill or task list, then decide."]
    return "\n".join([*lines, ""])
