"""The door of Submit: pays for one queued video."""

from typing import Protocol

from cliprelay import wiring
from cliprelay.ids import claim_token
from cliprelay.steps.submit import Submitter
from cliprelay.walk import Event, Result


class Context(Protocol):
    """What Lambda tells a running function of its own time."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: Event, context: Context) -> Result:
    """Called by the workflow's Submit state."""
    wiring.log_as("submit", event, context)
    submitter = Submitter(
        videos=wiring.videos(),
        controls=wiring.controls(),
        store=wiring.store(),
        upstream=wiring.upstream(),
        key=wiring.upstream_key(),
        claim_token=claim_token,
        clock=wiring.clock,
        grace=wiring.grace(),
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
        count=wiring.count,
    )
    return submitter.submit(event)
