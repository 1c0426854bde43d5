"""The public JSON of a video, in responses and webhooks."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cliprelay.catalog.registry import handling_of
from cliprelay.media.bucket import VIDEO_TYPE, MediaBucket
from cliprelay.video.cost import cost_of
from cliprelay.video.links import link_url
from cliprelay.video.listing import NOT_BEFORE
from cliprelay.video.poster import shown_facts
from cliprelay.video.record import Video, iso
from cliprelay.video.shown import billed, shown
from cliprelay.video.states import Status

# At most an hour: a presigned URL expires earlier if the credentials of the function that signed it do.
URL_SECONDS = 3_600

_WAITING = {
    "expired": "The time that the order set for the submit is over; the video ends, unpaid.",
    "paused": "The operator has paused new submissions; the video is submitted when they resume.",
    "slow_preparation": "Preparing the request took too long to pay safely; it is retried.",
    "throttled": "The upstream is limiting the request rate; the video is submitted when it accepts requests again.",
    "upstream_unreachable": "The upstream cannot be reached; the video is submitted when it is available again.",
    "upstream_balance": "The upstream account has no credit; the video is submitted when credit has been added.",
    "upstream_quota": "The upstream account has used up its quota or a limit set for it; the video is submitted when that has been raised.",
    "upstream_key": "The upstream rejects the API key; the video is submitted when it accepts the key.",
    "upstream_key_missing": "The operator has not stored the upstream's API key yet; the video is submitted when it is stored.",
    "redirected": "The upstream URL redirects; the video is submitted when the operator has fixed it.",
}


def show(video: Video, store: MediaBucket, now: datetime) -> dict[str, Any]:
    """Return the JSON of a video, without unknown members."""
    members = {
        "id": video.id,
        "object": "video",
        "status": shown(video).value,
        "progress": video.progress,
        "model": video.model,
        "created_at": video.created_at,
        "updated_at": video.updated_at,
        "ended_at": video.ended_at,
        "kept_until": video.kept_until,
        "deleted_at": video.deleted_at,
        "cancel_requested_at": video.cancel_requested_at,
        "discard": video.discard or None,
        "billed": billed(video),
        "request": requested(video),
        "metadata": video.metadata,
        "cost": cost_of(video),
        "provider": _provider(video),
        "video": _file(video, store, now),
        "webhook": _webhook(video),
        "error": None if video.is_silent else video.error,
        "warnings": [*video.warnings, *_waiting(video)],
    }
    return {name: value for name, value in members.items() if value is not None}


def show_event(video: Video, store: MediaBucket, now: datetime) -> dict[str, Any]:
    """Return the JSON of a video for an event; of a deleted one, only which it is."""
    if video.deleted_at is None:
        return show(video, store, now)
    return {"id": video.id, "object": "video", "status": shown(video).value, "deleted_at": video.deleted_at}


def requested(video: Video) -> dict[str, Any]:
    """Return all settings of the order but the images, with the client's limits if it set any."""
    limits = {"expires_in": video.expires_in, "not_before": video.not_before}
    return {**video.settings, **{name: value for name, value in limits.items() if value is not None}}


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
        **shown_facts(video),
    }


def _provider(video: Video) -> dict[str, str] | None:
    """Say where the order's data goes."""
    handling = handling_of(video.model, video.provider)
    return handling.shown() if handling else None


def _webhook(video: Video) -> dict[str, Any] | None:
    """Show the webhook of this request by its host only, because the rest of the URL may be secret."""
    host = urlsplit(video.webhook_url).hostname if video.webhook_url else None
    members = {"url_host": host, "events": video.webhook_events}
    return {name: value for name, value in members.items() if value} or None


def _waiting(video: Video) -> list[dict[str, str]]:
    """Explain, as a warning, why a queued video waits."""
    if shown(video) is not Status.QUEUED or video.waiting_for is None:
        return []
    if video.waiting_for == NOT_BEFORE:
        return [{"code": NOT_BEFORE, "message": f"The video waits until {video.not_before}, as the order asks."}]
    message = _WAITING.get(video.waiting_for, "The upstream has not accepted the request yet; it is submitted again.")
    return [{"code": video.waiting_for, "message": message}]
