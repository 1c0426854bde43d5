"""The door of Archive: copies one finished video into our bucket."""

from typing import Protocol

from cliprelay import wiring
from cliprelay.steps.archive import archive
from cliprelay.walk import Event, Result


class Context(Protocol):
    """What Lambda tells a running function of its own time."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: Event, context: Context) -> Result:
    """Called by the workflow's Archive state."""
    wiring.log_as("archive", event, context)
    return archive(
        event,
        videos=wiring.videos(),
        store=wiring.store(),
        downloader=wiring.downloader(),
        clock=wiring.clock,
        seconds_left=context.get_remaining_time_in_millis() / 1000,
    )
