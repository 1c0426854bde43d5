"""Handler of Deliver: makes one attempt to deliver an event to its webhook."""

import gc

gc.disable()  # until the end of INIT: imports leave no garbage worth the search

import random

from cliprelay import settings, telemetry, wiring
from cliprelay.aws.init_phase import end_of_init
from cliprelay.steps.deliver import Deliverer, DeliveryEvent, DeliveryResult


def _deliverer() -> Deliverer:
    return Deliverer(
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


end_of_init(_deliverer, wiring.secrets_client, wiring.s3_client)


def handler(event: DeliveryEvent, context: object) -> DeliveryResult:
    """Run the Deliver state of the delivery workflow."""
    telemetry.log_as("deliver", event, context)
    return _deliverer().deliver(event)
