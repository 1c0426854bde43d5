"""Handler of Archive: copies one finished video to our bucket."""

from cliprelay import telemetry, wiring
from cliprelay.aws.lambda_context import Context, seconds_left
from cliprelay.steps.archive import archive
from cliprelay.workflow.contract import Event, Result


def handler(event: Event, context: Context) -> Result:
    """Run the Archive state of the video workflow."""
    telemetry.log_as("archive", event, context)
    return archive(
        event,
        videos=wiring.videos(),
        store=wiring.store(),
        downloader=wiring.downloader(),
        clock=telemetry.clock,
        seconds_left=seconds_left(context),
    )
