"""The door of the API: every HTTP request comes in here."""

import time
from functools import cache
from typing import Any

from cliprelay import wiring
from cliprelay.addresses import obeying
from cliprelay.api.parts import Api
from cliprelay.api.routes import Front
from cliprelay.intake import Intake


@cache
def _front() -> Front:
    videos, store = wiring.videos(), wiring.store()
    api = Api(
        videos=videos,
        store=store,
        uploads=wiring.uploads(),
        intake=Intake(videos, store, wiring.executions(), wiring.inspector(), wiring.clock, wiring.queue_limit(), wiring.webhook_gate()),
        tenant_of=wiring.keys().tenant_of,
        clock=wiring.clock,
        seconds=time.monotonic,
        sleep=time.sleep,
        public_base_url=wiring.public_base_url(),
        dispatch=wiring.dispatch(),
        webhook_settings=wiring.webhook_settings(),
        webhook_keys=wiring.webhook_keys,
        offer=wiring.offer(),
    )
    return Front(api)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Called by the HTTP API's one route, in payload format 2.0."""
    wiring.log_as("api", {}, context)
    with obeying(wiring.address_rules(), wiring.allowed_ports()):
        return _front().answer(event, context)
