"""The door of the API: every HTTP request comes in here."""

import time
from functools import cache
from typing import Any

from cliprelay import settings, telemetry, wiring
from cliprelay.api.app import Front
from cliprelay.api.services import Services
from cliprelay.net.urls import AddressRules, obeying
from cliprelay.orders.intake import Intake


@cache
def _front() -> Front:
    videos, store = wiring.videos(), wiring.store()
    api = Services(
        videos=videos,
        store=store,
        uploads=wiring.uploads(),
        intake=Intake(
            videos, store, wiring.executions(), wiring.inspector(), telemetry.clock, settings.queue_limit(), wiring.webhook_gate()
        ),
        tenant_of=wiring.keys().tenant_of,
        clock=telemetry.clock,
        seconds=time.monotonic,
        sleep=time.sleep,
        public_base_url=settings.public_base_url(),
        dispatch=wiring.dispatch(),
        webhook_settings=wiring.webhook_settings(),
        webhook_keys=wiring.webhook_keys,
        offer=wiring.offer(),
    )
    return Front(api)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Called by the HTTP API's one route, in payload format 2.0."""
    telemetry.log_as("api", {}, context)
    with obeying(AddressRules(settings.address_rules()), settings.allowed_ports()):
        return _front().answer(event, context)
