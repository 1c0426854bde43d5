"""The door of Deliver: makes one attempt to hand an event to its webhook."""

import random

from cliprelay import wiring
from cliprelay.steps.deliver import Deliverer, DeliveryEvent, DeliveryResult


def handler(event: DeliveryEvent, context: object) -> DeliveryResult:
    """Called by the delivery workflow's Deliver state."""
    wiring.log_as("deliver", event, context)
    deliverer = Deliverer(
        videos=wiring.videos(),
        deliveries=wiring.deliveries(),
        settings=wiring.webhook_settings(),
        keys=wiring.webhook_keys(),
        store=wiring.store(),
        sender=wiring.webhook_sender(),
        desk=wiring.owner_desk(),
        clock=wiring.clock,
        flight=wiring.flight(),
        luck=random.random,
        count=wiring.count,
    )
    return deliverer.deliver(event)
