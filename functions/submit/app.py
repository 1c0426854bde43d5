"""The door of Submit: pays for one queued video."""

from cliprelay import settings, telemetry, wiring
from cliprelay.aws.lambda_context import Context, seconds_left
from cliprelay.ids import claim_token
from cliprelay.steps.submit import Submitter
from cliprelay.workflow.contract import Event, Result


def handler(event: Event, context: Context) -> Result:
    """Called by the workflow's Submit state."""
    telemetry.log_as("submit", event, context)
    submitter = Submitter(
        videos=wiring.videos(),
        controls=wiring.controls(),
        upstream=wiring.upstream(),
        key=wiring.upstream_key(),
        claim_token=claim_token,
        clock=telemetry.clock,
        grace=settings.grace(),
        seconds_left=lambda: seconds_left(context),
        count=telemetry.count,
    )
    return submitter.submit(event)
