"""The door of Deliver: makes one attempt to hand an event to its webhook."""

import random

from cliprelay import settings, telemetry, wiring
from cliprelay.steps.deliver import Deliverer, DeliveryEvent, DeliveryResult


def handler(event: DeliveryEvent, context: object) -> DeliveryResult:
    """Called by the delivery workflow's Deliver state."""
    telemetry.log_as("deliver", event, context)
    deliverer = Deliverer(
        videos=wiring.videos(),
        deliveries=wiring.deliveries(),
        settings=wiring.webhook_settings(),
        keys=wiring.webhook_keys(),
        store=wiring.store(),
        sender=wiring.webhook_sender(),
        alerts=wiring.operator_alerts(),
        clock=telemetry.clock,
        max_attempt_time=settings.max_attempt_time(),
        jitter=random.random,
        count=telemetry.count,
    )
    return deliverer.deliver(event)
