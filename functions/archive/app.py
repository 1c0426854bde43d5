"""The door of Archive: copies one finished video into our bucket."""

from cliprelay import wiring
from cliprelay.invocation import Context, seconds_left
from cliprelay.steps.archive import archive
from cliprelay.walk import Event, Result


def handler(event: Event, context: Context) -> Result:
    """Called by the workflow's Archive state."""
    wiring.log_as("archive", event, context)
    return archive(
        event,
        videos=wiring.videos(),
        store=wiring.store(),
        downloader=wiring.downloader(),
        clock=wiring.clock,
        seconds_left=seconds_left(context),
    )
