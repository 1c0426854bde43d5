"""Handler of Poll: asks the upstream for the status of one video."""

import gc

gc.disable()  # until the end of INIT: imports leave no garbage worth the search

from functools import partial

from cliprelay import settings, telemetry, wiring
from cliprelay.aws.init_phase import end_of_init
from cliprelay.steps.poll import poll
from cliprelay.workflow.contract import Event, Result, in_words_of


def _step() -> partial[Result]:
    return partial(
        poll,
        videos=wiring.videos(),
        upstream=wiring.upstream(),
        clock=telemetry.clock,
        grace=settings.grace(),
        count=telemetry.count,
        durations=wiring.durations(),
        say_running=lambda video: wiring.dispatch().running(video),  # with its imports only for the few that need it
    )


end_of_init(_step, wiring.secrets_client)


def handler(event: Event, context: object) -> Result:
    """Run the Poll state of the video workflow."""
    telemetry.log_as("poll", event, context)
    return in_words_of(event, _step()(event))
