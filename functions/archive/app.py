"""Handler of Archive: copies one finished video to our bucket."""

import gc

gc.disable()  # until the end of INIT: imports leave no garbage worth the search

from functools import partial

from cliprelay import telemetry, wiring
from cliprelay.aws.init_phase import end_of_init
from cliprelay.aws.lambda_context import Context, seconds_left
from cliprelay.steps.archive import archive
from cliprelay.workflow.contract import Event, Result, in_words_of


def _step() -> partial[Result]:
    return partial(archive, videos=wiring.videos(), store=wiring.store(), downloader=wiring.downloader(), clock=telemetry.clock)


end_of_init(_step, wiring.s3_client)


def handler(event: Event, context: Context) -> Result:
    """Run the Archive state of the video workflow."""
    telemetry.log_as("archive", event, context)
    return in_words_of(event, _step()(event, seconds_left=seconds_left(context)))
