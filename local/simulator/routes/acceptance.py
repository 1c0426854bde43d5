"""A create that passed every check; its acceptance is the payment."""

from collections.abc import Callable
from dataclasses import dataclass

from local.simulator.contract.validation import Order
from local.simulator.faults.directives import Directives
from local.simulator.http.response import Response, json_response
from local.simulator.routes import bodies
from local.simulator.state import SimulatorState


@dataclass(frozen=True)
class Acceptance:
    simulator: SimulatorState
    order: Order
    faults: Directives
    body: bytes

    def accept(self, alias: Callable[[str], object] | None = None) -> str:
        """Accept the task and return its id; raise UpstreamError if the balance is too low or the disk is full."""
        return self.simulator.accept(self.order, self.faults, self.body, alias).id

    def answer(self, task_id: str) -> Response:
        style = self.faults.settings.get("ids", self.simulator.options.id_style)
        return json_response(200, bodies.created(task_id, style))
