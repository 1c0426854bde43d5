"""Handler of Notify: publishes one video's event and starts its webhook delivery."""

from cliprelay import telemetry, wiring
from cliprelay.steps.notify import notify
from cliprelay.workflow.contract import Event, Result


def handler(event: Event, context: object) -> Result:
    """Run the Notify state of the video workflow."""
    telemetry.log_as("notify", event, context)
    return notify(
        event,
        videos=wiring.videos(),
        store=wiring.store(),
        topic=wiring.events_topic(),
        dispatch=wiring.dispatch(),
        clock=telemetry.clock,
    )
