"""Handler of Notify: publishes one video's event and starts its webhook delivery."""

import gc

gc.disable()  # until the end of INIT: imports leave no garbage worth the search

from functools import partial

from cliprelay import telemetry, wiring
from cliprelay.aws.init_phase import end_of_init
from cliprelay.steps.notify import notify
from cliprelay.workflow.contract import Event, Result, in_words_of


def _step() -> partial[Result]:
    return partial(
        notify,
        videos=wiring.videos(),
        store=wiring.store(),
        topic=wiring.events_topic(),
        dispatch=wiring.dispatch(),
        clock=telemetry.clock,
    )


end_of_init(_step, wiring.s3_client, wiring.sns_client, wiring.step_functions_client)


def handler(event: Event, context: object) -> Result:
    """Run the Notify state of the video workflow."""
    telemetry.log_as("notify", event, context)
    return in_words_of(event, _step()(event))
