"""Warm copies of the doors, and what Lambda tells a running function."""

from collections.abc import Callable
from types import ModuleType

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from tests.simulation.runtime.deployment import STEPS, door
from tests.simulation.runtime.environment import stand_in
from tests.simulation.runtime.processes import Strand


class Context:
    """The context object of an invocation."""

    def __init__(self, step: str, number: int, seconds_left: Callable[[], float]) -> None:
        self.function_name = step
        self.aws_request_id = f"{step}-{number}"
        self.invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{step}"
        self.memory_limit_in_mb = 512
        self._seconds_left = seconds_left

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds_left() * 1000)


class ApiStrand(Strand):
    """Powertools keeps the present request in attributes of a class: each turn of a sandbox brings its own back."""

    _kept: tuple[object, object] | None = None

    def resumed(self) -> None:
        if self._kept:
            BaseRouter.current_event, BaseRouter.lambda_context = self._kept  # type: ignore[assignment]

    def paused(self) -> None:
        if hasattr(BaseRouter, "current_event"):
            self._kept = BaseRouter.current_event, BaseRouter.lambda_context


class Sandboxes:
    """Doors by step; the API's are as many as there are requests at once, the others keep nothing between two calls of theirs."""

    def __init__(self) -> None:
        self._doors = {step: door(step) for step in STEPS if step != "api"}
        for module in self._doors.values():
            stand_in(module)
        self._all: list[ModuleType] = []
        self._idle: list[ModuleType] = []

    def take(self, step: str) -> ModuleType:
        if step != "api":
            return self._doors[step]
        if not self._idle:
            self._all.append(door("api"))
            stand_in(self._all[-1])
            self._idle.append(self._all[-1])
        return self._idle.pop()

    def give_back(self, step: str, module: ModuleType, *, died: bool) -> None:
        if step != "api":
            return
        if died:
            _cool(module)
        self._idle.append(module)

    def cool_down(self) -> None:
        """Nothing that was built stays, and they are handed out in the same order again."""
        self._idle = list(reversed(self._all))
        for module in self._all:
            _cool(module)


def _cool(module: ModuleType) -> None:
    module._front.cache_clear()
