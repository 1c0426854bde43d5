"""A create that passed every check: accepting it is the moment of payment."""

from dataclasses import dataclass

from local.simulator.contract.validation import Order
from local.simulator.faults.directives import Faults
from local.simulator.http.response import Reply, json_reply
from local.simulator.routes import bodies
from local.simulator.state import Platform


@dataclass(frozen=True)
class Acceptance:
    platform: Platform
    order: Order
    faults: Faults
    body: bytes

    def accept(self) -> str:
        """The paid task's id; Refusal when the balance does not reach."""
        task = self.platform.accept(self.order, self.faults, self.body)
        self.platform.forget_prompt(self.order.prompt)
        return task.id

    def answer(self, task_id: str) -> Reply:
        style = self.faults.settings.get("ids", self.platform.options.id_style)
        return json_reply(200, bodies.created(task_id, style))
