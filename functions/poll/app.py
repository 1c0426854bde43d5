"""The door of Poll: asks the upstream about one video."""

from cliprelay import wiring
from cliprelay.steps.poll import poll
from cliprelay.walk import Event, Result


def handler(event: Event, context: object) -> Result:
    """Called by the workflow's Poll state."""
    wiring.log_as("poll", event, context)
    return poll(
        event,
        videos=wiring.videos(),
        upstream=wiring.upstream(),
        clock=wiring.clock,
        grace=wiring.grace(),
        count=wiring.count,
    )
