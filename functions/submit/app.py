"""The door of Submit: pays for one queued video."""

from cliprelay import wiring
from cliprelay.ids import claim_token
from cliprelay.invocation import Context, seconds_left
from cliprelay.steps.submit import Submitter
from cliprelay.walk import Event, Result


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
        seconds_left=lambda: seconds_left(context),
        count=wiring.count,
    )
    return submitter.submit(event)
