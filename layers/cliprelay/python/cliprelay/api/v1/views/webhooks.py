"""The JSON views of a tenant's webhook and of deliveries."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cliprelay.video.record import iso
from cliprelay.webhooks.delivery import Delivery
from cliprelay.webhooks.settings import WebhookSettings

if TYPE_CHECKING:
    from cliprelay.webhooks.sample_events import SentSample
    from cliprelay.webhooks.secrets import ShownSecret, WebhookKeys


def show_webhook(settings: WebhookSettings, keys: "WebhookKeys", now: datetime) -> dict[str, Any]:
    """Show a tenant's webhook with its secrets, only for that tenant and the operator."""
    members = {
        "object": "webhook",
        "url": settings.url,
        "events": settings.events,
        "enabled": settings.enabled,
        "secrets": [_secret(each) for each in keys.shown(settings, now)],
    }
    trouble = {
        "disabled_at": _time(settings.disabled_at),
        "disabled_for": settings.disabled_for,
        "failing_since": _time(settings.failing_since),
    }
    return members | {name: value for name, value in trouble.items() if value is not None}


def show_delivery(delivery: Delivery) -> dict[str, Any]:
    """Show a delivery; only the host of its URL, because the rest may be secret."""
    members = {
        "id": delivery.id,
        "object": "delivery",
        "event_id": delivery.event_id,
        "type": delivery.kind,
        "url_host": delivery.host,
        "status": delivery.status.value,
        "created_at": delivery.created_at,
        "attempts": [_attempt(attempt) for attempt in delivery.attempts],
        "next_attempt_at": _time(delivery.next_at),
    }
    return {name: value for name, value in members.items() if value is not None}


def show_test(url: str, sent: Sequence["SentSample"]) -> dict[str, Any]:
    """Show what became of test events; only the host of the URL."""
    return {
        "object": "webhook_test",
        "url_host": urlsplit(url).hostname,
        "delivered": all(each.reply.is_success for each in sent),
        "events": [_sample(each) for each in sent],
    }


def _sample(each: "SentSample") -> dict[str, Any]:
    known = {"status": each.reply.status, "error": each.reply.error, "ms": each.reply.ms if each.was_sent else None}
    members = {"type": each.kind, "event_id": each.event_id, "delivered": each.reply.is_success}
    return members | {name: value for name, value in known.items() if value is not None}


def _secret(each: "ShownSecret") -> dict[str, Any]:
    pair = each.pair
    return {"version": each.version, "secret": pair.shown_secret, "public_key": pair.shown_public, "until": _time(each.until)}


def _attempt(attempt: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {name: attempt[name] for name in ("status", "error", "ms") if name in attempt}
    return {"at": _time(attempt["at"]), **shown}


def _time(epoch: int | None) -> str | None:
    return None if epoch is None else iso(datetime.fromtimestamp(epoch, UTC))
