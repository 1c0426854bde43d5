"""A video as every answer and every webhook shows it."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cliprelay.media.bucket import VIDEO_TYPE, MediaBucket
from cliprelay.video.cost import cost_of
from cliprelay.video.links import link_url
from cliprelay.video.record import Video, iso
from cliprelay.video.states import Status

# As long as an hour, at most; a URL signed by a function ends earlier with the function's own credentials.
URL_SECONDS = 3_600

_WAITING = {
    "paused": "The owner has paused new submissions; the video is submitted when they go on.",
    "slow_preparation": "Reading the images or the account took too long to pay safely; it is done again.",
    "throttled": "The upstream is limiting the rate; the video is submitted as soon as it takes it.",
    "upstream_unreachable": "The upstream cannot be reached; the video is submitted as soon as it can.",
    "upstream_balance": "The upstream account has no balance; the video is submitted when it is paid up.",
    "upstream_key": "The upstream refuses the account's key; the video is submitted when it takes it.",
    "upstream_key_missing": "The owner has not stored the upstream's key yet; the video is submitted when it is there.",
    "redirected": "The upstream's address redirects; the video is submitted when the owner has mended it.",
}


def show(video: Video, store: MediaBucket, now: datetime) -> dict[str, Any]:
    """The JSON of a video; members that are not known are absent."""
    members = {
        "id": video.id,
        "object": "video",
        "status": video.status.value,
        "progress": video.progress,
        "model": video.model,
        "created_at": video.created_at,
        "updated_at": video.updated_at,
        "ended_at": video.ended_at,
        "kept_until": video.kept_until,
        "request": video.settings,
        "metadata": video.metadata,
        "cost": cost_of(video),
        "video": _file(video, store, now),
        "webhook": _webhook(video),
        "error": video.error,
        "warnings": [*video.warnings, *_waiting(video)],
    }
    return {name: value for name, value in members.items() if value is not None}


def _file(video: Video, store: MediaBucket, now: datetime) -> dict[str, Any] | None:
    if video.object_key is None:
        return None
    return {
        "bytes": video.bytes,
        "sha256": video.sha256,
        "content_type": VIDEO_TYPE,
        "url": store.presign(video.object_key, seconds=URL_SECONDS),
        "url_expires_at": iso(now + timedelta(seconds=URL_SECONDS)),
        **({"link": link} if (link := link_url(video)) else {}),
    }


def _webhook(video: Video) -> dict[str, Any] | None:
    """Where this request's events go: the host alone, because the rest of the address may be a secret, and answers get forwarded."""
    host = urlsplit(video.webhook_url).hostname if video.webhook_url else None
    members = {"url_host": host, "events": video.webhook_events}
    return {name: value for name, value in members.items() if value} or None


def _waiting(video: Video) -> list[dict[str, str]]:
    """Why a queued video waits, as a warning of the moment."""
    if video.status is not Status.QUEUED or video.waiting_for is None:
        return []
    message = _WAITING.get(video.waiting_for, "The upstream did not take the request yet; it is submitted again.")
    return [{"code": video.waiting_for, "message": message}]
