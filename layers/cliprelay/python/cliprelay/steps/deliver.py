"""Deliver: make one attempt to send an event to its webhook, and decide what follows."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NotRequired, TypedDict
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.faces.events import EventFacts, foreign_body
from cliprelay.media.bucket import MediaBucket
from cliprelay.video.record import Video
from cliprelay.video.table import VideoTable
from cliprelay.video.view import show_event
from cliprelay.webhooks.delivery import Delivery, DeliveryStatus, delivery_id
from cliprelay.webhooks.operator_alerts import OperatorAlerts
from cliprelay.webhooks.payload import body_of
from cliprelay.webhooks.retry_schedule import Ending, Reply, RetryDecision, judge
from cliprelay.webhooks.secrets import WebhookKeys
from cliprelay.webhooks.sender import WebhookSender
from cliprelay.webhooks.settings import BETWEEN_MESSAGES, PATIENCE, WebhookSettings, WebhookSettingsTable
from cliprelay.webhooks.signing import headers
from cliprelay.webhooks.table import STATUS_OF, DeliveryTable

logger = logging.getLogger("cliprelay.deliver")

DeliveryNext = Literal["wait", "delivered", "disabled", "exhausted", "done"]
_NEXT: dict[DeliveryStatus, DeliveryNext] = {
    DeliveryStatus.DELIVERED: "delivered",
    DeliveryStatus.FAILED: "exhausted",
    DeliveryStatus.DISABLED: "disabled",
    DeliveryStatus.CONTINUED: "done",
}
# Seconds until the next check while another invocation is sending.
UNDER_WAY = 15


class DeliveryEvent(TypedDict):
    """The input of a delivery execution; `attempt` counts the attempts whose result it has received."""

    video_id: str
    event_id: str
    delivery: int
    attempt: int


class DeliveryResult(DeliveryEvent):
    """The result of Deliver: `next` selects the branch of the state machine, `wait` is in seconds."""

    next: DeliveryNext
    wait: NotRequired[int]


@dataclass(frozen=True)
class Deliverer:
    """Deliver's collaborators; `jitter` returns 0 to 1, `count` adds one to a metric."""

    videos: VideoTable
    deliveries: DeliveryTable
    settings: WebhookSettingsTable
    keys: WebhookKeys
    store: MediaBucket
    sender: WebhookSender
    alerts: OperatorAlerts
    clock: Callable[[], datetime]
    max_attempt_time: timedelta  # how long an invocation can live
    jitter: Callable[[], float]
    count: Callable[[str], None]

    def deliver(self, event: DeliveryEvent) -> DeliveryResult:
        """Make the attempt that is due; our own failures are raised and do not count as attempts."""
        delivery = self.deliveries.get(delivery_id(event["event_id"], event["delivery"]))
        if delivery is None:
            return _result(event, "done")
        if not delivery.is_pending:
            return _result(event, _NEXT[delivery.status])
        if delivery.ending:
            return self._end(event, delivery, delivery.ending)
        if delivery.answered > event["attempt"]:
            return self._wait(event, delivery)  # the result of an earlier invocation was lost
        if self._is_under_way(delivery):
            return {**_result(event, "wait"), "wait": UNDER_WAY}
        return self._attempt(event, delivery)

    def _wait(self, event: DeliveryEvent, delivery: Delivery) -> DeliveryResult:
        left = (delivery.next_at or 0) - int(self.clock().timestamp())
        return {**_result(event, "wait"), "attempt": delivery.answered, "wait": max(left, 1)}

    def _is_under_way(self, delivery: Delivery) -> bool:
        if delivery.begun_at is None:
            return False
        begun = datetime.fromtimestamp(delivery.begun_at, self.clock().tzinfo)
        return self.clock() < begun + self.max_attempt_time

    # The attempt

    def _attempt(self, event: DeliveryEvent, delivery: Delivery) -> DeliveryResult:
        video, settings = self._video(delivery), self.settings.of(delivery.owner)
        url, data = _url(video, settings), self._data(delivery, video)
        if data is None or url is None:
            return self._end(event, delivery, Ending.DISABLED)
        body = _body(delivery, video, data)
        keys = self.keys.signing(settings, self.clock())
        opened = self.deliveries.open_attempt(delivery, self.clock(), _host(url))
        if opened is None:
            return {**_result(event, "wait"), "wait": UNDER_WAY}
        reply = self.sender.post(url, body, headers(delivery.event_id, self.clock(), body, keys))
        return self._conclude(event, opened, reply, video, settings)

    def _video(self, delivery: Delivery) -> Video | None:
        """Return the video of an event; None for an event that is not about one."""
        return self.videos.get(delivery.video_id) if delivery.data is None else None

    def _data(self, delivery: Delivery, video: Video | None) -> dict[str, Any] | None:
        """Return what the event is about; None if that is gone, or not the tenant's."""
        if delivery.data is not None or video is None or video.tenant != delivery.owner:
            return delivery.data
        return show_event(video, self.store, self.clock())

    def _conclude(
        self, event: DeliveryEvent, delivery: Delivery, reply: Reply, video: Video | None, settings: WebhookSettings
    ) -> DeliveryResult:
        decision = judge(reply, delivery.failures, self.jitter())
        _log(delivery, reply, decision)
        closed = self.deliveries.close_attempt(delivery, self.clock(), reply, decision)
        if closed is None:
            return {**_result(event, "wait"), "wait": UNDER_WAY}  # the next check reads the result
        if video is None or video.webhook_url is None:
            self._note(reply, settings)
        if closed.ending:
            return self._end(event, closed, closed.ending)
        return {**_result(event, "wait"), "attempt": closed.answered, "wait": decision.wait or 1}

    def _note(self, reply: Reply, settings: WebhookSettings) -> None:
        """Record the result for the tenant's endpoint, best effort; the next attempt makes up for a lost note."""
        with suppress(ClientError, BotoCoreError):
            if reply.is_success:
                self.settings.note_success(settings)
            else:
                self.settings.note_failure(settings, self.clock())

    # The ends

    def _end(self, event: DeliveryEvent, delivery: Delivery, ending: Ending) -> DeliveryResult:
        """Send the alerts, then close the record; a crash in between repeats the alerts."""
        if ending is Ending.FAILED:
            self._alert_exhausted(delivery)
        elif ending is Ending.DISABLED and delivery.ending:
            self._give_up(delivery, "gone")
        self.deliveries.end(delivery, ending)
        return {**_result(event, _NEXT[STATUS_OF[ending]]), "attempt": delivery.answered}

    def _alert_exhausted(self, delivery: Delivery) -> None:
        self.count("UndeliveredEvents")
        self.alerts.send_to_dead_letter_queue(delivery)
        settings, now = self.settings.of(delivery.owner), self.clock().timestamp()
        if settings.told_at is None or now - settings.told_at >= BETWEEN_MESSAGES.total_seconds():
            self.alerts.notify_exhausted(delivery)
            self.settings.note_told(settings, self.clock())
        if settings.failing_since is not None and now - settings.failing_since >= PATIENCE.total_seconds():
            self._give_up(delivery, "failing")

    def _give_up(self, delivery: Delivery, reason: str) -> None:
        """Disable the endpoint of this delivery and notify the operator."""
        video, settings = self._video(delivery), self.settings.of(delivery.owner)
        is_own = video is not None and video.webhook_url is not None
        if is_own and reason == "failing":
            return  # it serves only its own video, whose delivery is over
        if not is_own and (settings.url is None or settings.disabled_at is not None or _host(settings.url) != delivery.host):
            return  # already disabled, or fixed in the meantime
        self.count("DisabledEndpoints")
        # Notify first: a crash afterwards only repeats the message.
        self.alerts.notify_gone(delivery, reason, for_all=not is_own)
        if not is_own:
            self.settings.give_up(settings, reason, self.clock())


def _url(video: Video | None, settings: WebhookSettings) -> str | None:
    """Return the present URL, so that a corrected one takes effect at the next attempt."""
    if video and video.webhook_url:
        return video.webhook_url
    return settings.url if settings.takes_events() else None


def _body(delivery: Delivery, video: Video | None, data: dict[str, Any]) -> bytes:
    """Build the body; a webhook of an order through a foreign API gets it in the form of that."""
    own = delivery.kind, delivery.event_at, data
    if video is None or video.webhook_url is None or video.face is None:
        return body_of(*own)
    return foreign_body(video, EventFacts(delivery.event_id, delivery.kind, delivery.event_at)) or body_of(*own)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _result(event: DeliveryEvent, then: DeliveryNext) -> DeliveryResult:
    return DeliveryResult(
        video_id=event["video_id"], event_id=event["event_id"], delivery=event["delivery"], attempt=event["attempt"], next=then
    )


def _log(delivery: Delivery, reply: Reply, decision: RetryDecision) -> None:
    # Hosts only: the rest of a URL may be secret.
    known = {"delivery": delivery.id, "url_host": delivery.host, "status": reply.status, "error": reply.error, "ms": reply.ms}
    logger.info("attempted", extra={**known, "next": decision.ending or "wait", "wait": decision.wait})
