"""SNS messages about events: text for people, JSON for machines, attributes for filter policies."""

import json
from dataclasses import dataclass
from typing import Any

from cliprelay.notifications.excerpt import excerpt
from cliprelay.video.kept_copies import UNVERIFIED
from cliprelay.video.links import link_url, poster_link
from cliprelay.video.poster import NO_POSTER, shown_facts
from cliprelay.video.record import Video
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


@dataclass(frozen=True)
class Announcement:
    """One event in the form for SNS."""

    subject: str
    email: str
    data: str
    attributes: dict[str, str]


def announce(video: Video, *, url: str | None, url_expires_at: str | None) -> Announcement:
    """Return the event of a video's current state; `url` is presigned and valid until `url_expires_at` at most."""
    kind = f"video.{video.status.value}"
    return Announcement(
        subject=f"ClipRelay: video {video.id} {_HAPPENED[video.status]}"[:SUBJECT_LIMIT],
        email=_text(video, url, url_expires_at),
        data=json.dumps(_event(video, kind, url, url_expires_at), ensure_ascii=False),
        attributes={"type": kind, "tenant": video.tenant, "video_id": video.id, "model": video.model},
    )


def content_url(video: Video) -> str:
    """Return the API's URL of the finished file; it needs an API key, and works while the video is retained."""
    return f"{video.base_url}/v1/videos/{video.id}/content"


def _event(video: Video, kind: str, url: str | None, url_expires_at: str | None) -> dict[str, Any]:
    data: dict[str, Any] = {"id": video.id, "status": video.status.value, "model": video.model, "metadata": video.metadata}
    if video.status is Status.SUCCEEDED:
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


def _text(video: Video, url: str | None, url_expires_at: str | None) -> str:
    lines = [f"Your video {_HAPPENED[video.status]}.", "", f"  Prompt: {excerpt(video.spec.prompt)}", f"  Video:  {video.id}", ""]
    if video.status is Status.SUCCEEDED:
        lines += _where(video, url, url_expires_at)
        lines += ["", f"Warning: {doubt['message']}"] if (doubt := _doubt(video)) else []
    else:
        error = video.error or {}
        lines += [f"Reason: {error.get('message', 'not given')}", f"Code: {error.get('code', 'unknown')}"]
    if video.status is Status.UNCONFIRMED:
        lines += ["", "It is not resubmitted automatically. Check the upstream's bill or task list, then decide."]
    return "\n".join([*lines, ""])
