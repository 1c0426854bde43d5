"""Handler of Submit: pays for one queued video."""

import gc

gc.disable()  # until the end of INIT: imports leave no garbage worth the search

from collections.abc import Callable

from cliprelay import settings, telemetry, wiring
from cliprelay.aws.init_phase import end_of_init
from cliprelay.aws.lambda_context import Context, seconds_left
from cliprelay.ids import claim_token
from cliprelay.steps.submit import Submitter
from cliprelay.workflow.contract import Event, Result, in_words_of


def _submitter(seconds_left: Callable[[], float]) -> Submitter:
    return Submitter(
        videos=wiring.videos(),
        controls=wiring.controls(),
        upstream=wiring.upstream(),
        read_input=wiring.store().read_input,
        key=wiring.upstream_key(),
        claim_token=claim_token,
        clock=telemetry.clock,
        grace=settings.grace(),
        seconds_left=seconds_left,
        count=telemetry.count,
        durations=wiring.durations(),
    )


end_of_init(lambda: _submitter(lambda: 0.0), wiring.secrets_client, wiring.s3_client)


def handler(event: Event, context: Context) -> Result:
    """Run the Submit state of the video workflow."""
    telemetry.log_as("submit", event, context)
    return in_words_of(event, _submitter(lambda: seconds_left(context)).submit(event))
