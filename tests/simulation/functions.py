"""Lambda as the workflow, EventBridge and the gateway see it: real doors in sandboxes, time-outs, and everything that goes wrong around a call."""

import json
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from types import ModuleType
from typing import Any

from aws_lambda_powertools.event_handler.router import Router
from botocore.exceptions import BotoCoreError, ClientError

from tests.simulation.deployment import STEPS, door, timeout
from tests.simulation.strands import Ending, Stage, Strand
from tests.simulation.surroundings import fill_up_quotas, stand_in

Data = dict[str, Any]
Answered = Callable[[Data | None, str | None], None]


class Delivery(StrEnum):
    """What happens to one invocation, beside what happens inside."""

    THROTTLED = "throttled"
    NOT_STARTED = "not started"
    ANSWER_LOST = "answer lost"
    STARTED_LATE = "started late"
    TWICE = "delivered twice"
    KILLED = "killed at a random moment"
    SKEWED = "with a wrong clock"


class Context:
    """What Lambda tells a running function."""

    def __init__(self, step: str, number: int, seconds_left: Callable[[], float]) -> None:
        self.function_name = self.aws_request_id = f"{step}-{number}"
        self.invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{step}"
        self.memory_limit_in_mb = 512
        self._seconds_left = seconds_left

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds_left() * 1000)


class Sandboxes:
    """Warm copies of the doors. The API's keep their request in attributes of a Powertools class, so each turn brings its own back."""

    def __init__(self) -> None:
        self._doors = {step: door(step) for step in STEPS if step != "api"}
        self._idle: list[ModuleType] = []
        self._all: list[ModuleType] = []
        for module in self._doors.values():
            stand_in(module)

    def take(self, step: str) -> ModuleType:
        if step != "api":
            return self._doors[step]
        if not self._idle:
            self._all.append(door("api"))
            stand_in(self._all[-1])
            return self._all[-1]
        return self._idle.pop()

    def give_back(self, step: str, module: ModuleType) -> None:
        if step == "api":
            self._idle.append(module)

    def cool_down(self) -> None:
        """All cold again: nothing that was built stays, and they are handed out in the same order."""
        self._idle = list(reversed(self._all))
        for module in self._all:
            module._front.cache_clear()


_ = (Router, Counter, json, ClientError, BotoCoreError, Ending, Stage, Strand, fill_up_quotas, timeout)
