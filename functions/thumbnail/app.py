"""Handler of Thumbnail: probes one finished video and draws its poster."""

import gc

gc.disable()  # until the end of INIT: imports leave no garbage worth the search

from functools import partial

from cliprelay import telemetry, wiring
from cliprelay.aws.init_phase import end_of_init
from cliprelay.aws.lambda_context import Context, seconds_left
from cliprelay.steps.thumbnail import thumbnail
from cliprelay.workflow.contract import Event, Result, in_words_of


def _step() -> partial[Result]:
    return partial(thumbnail, videos=wiring.videos(), store=wiring.store(), look_at=wiring.look_at())


end_of_init(_step, wiring.s3_client)


def handler(event: Event, context: Context) -> Result:
    """Run the Thumbnail state of the video workflow."""
    telemetry.log_as("thumbnail", event, context)
    return in_words_of(event, _step()(event, seconds_left=lambda: seconds_left(context)))
