"""Handler of Sweep: looks for stopped videos on a schedule, and at one video when its execution fails."""

from typing import Any

from cliprelay import settings, telemetry, wiring
from cliprelay.steps.sweep import Sweeper
from cliprelay.steps.sweep_deliveries import DeliverySweeper


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Answer EventBridge, which calls every minute and when an execution fails, times out or is aborted."""
    telemetry.log_as("sweep", event, context)
    sweeper = Sweeper(
        videos=wiring.videos(),
        controls=wiring.controls(),
        executions=wiring.executions(),
        clock=telemetry.clock,
        grace=settings.grace(),
        measure=telemetry.measure,
        deliveries=DeliverySweeper(wiring.deliveries(), wiring.delivery_executions(), telemetry.clock),
    )
    if event.get("detail-type") == "Step Functions Execution Status Change":
        return {"revived": int(sweeper.execution_ended(event["detail"]))}
    swept = sweeper.sweep()
    return {"seen": swept.seen, "revived": swept.revived, "unconfirmed": swept.unconfirmed}
