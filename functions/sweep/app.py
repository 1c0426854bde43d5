"""Handler of Sweep: looks for stopped videos on a schedule, and at one video when its execution fails."""

import gc

gc.disable()  # until the end of INIT: imports leave no garbage worth the search

from typing import Any

from cliprelay import settings, telemetry, wiring
from cliprelay.aws.init_phase import end_of_init
from cliprelay.steps.sweep import Sweeper
from cliprelay.steps.sweep_deliveries import DeliverySweeper


def _sweeper() -> Sweeper:
    return Sweeper(
        videos=wiring.videos(),
        controls=wiring.controls(),
        executions=wiring.executions(),
        clock=telemetry.clock,
        grace=settings.grace(),
        measure=telemetry.measure,
        deliveries=DeliverySweeper(wiring.deliveries(), wiring.delivery_executions(), telemetry.clock),
        lease=wiring.sweep_lease(),
        eraser=wiring.eraser(),
        budgets=wiring.budget_sweeper(),
    )


end_of_init(_sweeper, wiring.step_functions_client)


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Answer EventBridge, which calls every minute and when an execution fails, times out or is aborted."""
    telemetry.log_as("sweep", event, context)
    sweeper = _sweeper()
    if event.get("detail-type") == "Step Functions Execution Status Change":
        return {"revived": int(sweeper.execution_ended(event["detail"]))}
    swept = sweeper.tick(event.get("time"))
    return {"seen": swept.seen, "revived": swept.revived, "unconfirmed": swept.unconfirmed} if swept else {}
