"""Handler of Poll: asks the upstream for the status of one video."""

from cliprelay import settings, telemetry, wiring
from cliprelay.steps.poll import poll
from cliprelay.workflow.contract import Event, Result


def handler(event: Event, context: object) -> Result:
    """Run the Poll state of the video workflow."""
    telemetry.log_as("poll", event, context)
    return poll(
        event,
        videos=wiring.videos(),
        upstream=wiring.upstream(),
        clock=telemetry.clock,
        grace=settings.grace(),
        count=telemetry.count,
    )
