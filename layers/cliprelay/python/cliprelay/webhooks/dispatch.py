"""Starts one delivery per subscribed event, and further ones on request."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.video.record import Video
from cliprelay.video.shown import shown
from cliprelay.video.states import ANNOUNCED
from cliprelay.webhooks.delivery import Delivery, kind_of, new_delivery, running_delivery
from cliprelay.webhooks.executions import DeliveryExecutions
from cliprelay.webhooks.settings import WebhookSettingsTable
from cliprelay.webhooks.table import DeliveryTable

logger = logging.getLogger("cliprelay.dispatch")

# Each one is an item and an execution; only a faulty program asks for more.
MOST_PER_EVENT = 50


class NothingToSend(Exception):
    """No delivery can be started; the text says why and what to change."""


@dataclass(frozen=True)
class Dispatch:
    """Starts deliveries; `retention` is how long a video is retained after its end."""

    deliveries: DeliveryTable
    settings: WebhookSettingsTable
    executions: DeliveryExecutions
    clock: Callable[[], datetime]
    retention: timedelta

    def first(self, video: Video) -> None:
        """Start the delivery of a video's current event, if subscribed; idempotent."""
        if not self.settings.of(video.tenant).wants(video, kind_of(video)):
            return
        delivery = new_delivery(video, self.clock(), self.retention)
        self.deliveries.begin(delivery, self.clock())
        self.executions.start(delivery)

    def running(self, video: Video) -> None:
        """Start the delivery that says that a video has begun to run, to the webhook of its order; best effort, and at most once.

        What is recorded and not started is started by the sweep.
        """
        delivery = running_delivery(video, self.clock(), self.retention)
        try:
            if self.deliveries.begin(delivery, self.clock()):
                self.executions.start(delivery)
        except (ClientError, BotoCoreError) as error:
            logger.warning("delivery not started", extra={"delivery": delivery.id, "error_type": type(error).__name__})

    def again(self, video: Video, event_id: str | None = None) -> Delivery:
        """Start another delivery of the current event or an earlier one; raises NothingToSend."""
        if video.deleted_at:
            raise NothingToSend(f"The video was deleted at {video.deleted_at}.")
        known = self.deliveries.of_video(video.id)
        current = video.event_id if video.status in ANNOUNCED and not video.is_silent else None
        wanted = event_id or current or (known[0].event_id if known else None)
        if wanted is None:
            raise NothingToSend(f"The video is {shown(video).value}; it has no event yet.")
        if not (video.webhook_url or self.settings.of(video.tenant).takes_events()):
            raise NothingToSend("There is no webhook: the request has none, the default one is missing or disabled; see PUT /v1/webhook.")
        return self._begin(self._draft(video, wanted, [each for each in known if each.event_id == wanted]))

    def _draft(self, video: Video, event_id: str, before: list[Delivery]) -> Delivery:
        number = before[0].number + 1 if before else 1
        if number > MOST_PER_EVENT:
            raise NothingToSend(f"This event has already been sent {MOST_PER_EVENT} times, which is the limit.")
        draft = new_delivery(video, self.clock(), self.retention, number)
        if event_id == video.event_id:
            return draft
        if not before:
            raise NothingToSend("This video has no such event.")
        return before[0].afresh(draft)

    def _begin(self, delivery: Delivery) -> Delivery:
        # The index may not yet show a delivery that was started a moment ago.
        while not self.deliveries.begin(delivery, self.clock()):
            delivery = delivery.renumbered(delivery.number + 1)
        try:
            self.executions.start(delivery)
        except (ClientError, BotoCoreError) as error:
            # It is recorded, so the sweep will start it.
            logger.warning("delivery not started", extra={"delivery": delivery.id, "error_type": type(error).__name__})
        return delivery
