"""The door of Poll: asks the upstream about one video."""

from cliprelay import settings, telemetry, wiring
from cliprelay.steps.poll import poll
from cliprelay.workflow.contract import Event, Result


def handler(event: Event, context: object) -> Result:
    """Called by the workflow's Poll state."""
    telemetry.log_as("poll", event, context)
    return poll(
        event,
        videos=wiring.videos(),
        upstream=wiring.upstream(),
        clock=telemetry.clock,
        grace=settings.grace(),
        count=telemetry.count,
    )
