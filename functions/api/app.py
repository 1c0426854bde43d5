"""Handler of the API: every HTTP request arrives here."""

import gc

gc.disable()  # until the end of INIT: imports leave no garbage worth the search

import time
from functools import cache
from typing import Any

from cliprelay import settings, telemetry, wiring
from cliprelay.api.app import Front
from cliprelay.api.services import Services
from cliprelay.aws.init_phase import end_of_init
from cliprelay.orders.intake import Intake


@cache
def _front() -> Front:
    videos, store = wiring.videos(), wiring.store()
    api = Services(
        videos=videos,
        store=store,
        uploads=wiring.uploads(),
        intake=Intake(
            videos,
            store,
            wiring.executions(),
            wiring.inspector(),
            telemetry.clock,
            settings.queue_limit(),
            wiring.webhook_gate(),
            wiring.budgets(),
            wiring.repeats(),
            settings.repeat_window(),
        ),
        identify=wiring.keys().identify,
        clock=telemetry.clock,
        seconds=time.monotonic,
        sleep=time.sleep,
        public_base_url=settings.public_base_url(),
        dispatch=wiring.dispatch(),
        webhook_settings=wiring.webhook_settings(),
        webhook_keys=wiring.webhook_keys,
        webhook_sender=wiring.webhook_sender,
        usage=wiring.usage(),
        offer=wiring.offer(),
        addresses=wiring.addresses(),
        max_wait=settings.max_wait(),
        serve_docs=settings.serve_docs(),
        aliases=wiring.aliases(),
        link_pages=settings.link_pages(),
        serve_console=settings.serve_console(),
    )
    return Front(api)


end_of_init(lambda: _front().prepare(), wiring.step_functions_client, wiring.s3_client)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request of the HTTP API, in payload format 2.0."""
    telemetry.log_as("api", {}, context)
    return _front().answer(event, context)
