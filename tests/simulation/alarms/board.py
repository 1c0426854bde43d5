"""Feeds CloudWatch from one simulated world: what AWS counts there by itself, and the metrics that the product prints."""

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.simulation.alarms.definitions import Alarm, alarms_of
from tests.simulation.alarms.evaluation import first_ring
from tests.simulation.alarms.metrics import Metric, Metrics, metric
from tests.simulation.runtime.deployment import template

if TYPE_CHECKING:
    from tests.simulation.world import World
    from tests.support.memory_aws.step_functions import Execution

Answered = Callable[[dict[str, Any] | None, str | None], None]

_ENDINGS = {"FAILED": "ExecutionsFailed", "TIMED_OUT": "ExecutionsTimedOut", "ABORTED": "ExecutionsAborted"}
_THROTTLED = "Lambda.TooManyRequestsException"
# The service failed, before or after the function; Lambda counts that for none.
_OF_THE_SERVICE = {"Lambda.ServiceException", "Lambda.SdkClientException", "Lambda.AWSLambdaException"}
API = metric("AWS/ApiGateway", "5xx", ApiId="HttpApi")
FAILURES = metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="SweepFailuresQueue")


@cache
def template_alarms() -> list[Alarm]:
    return alarms_of(template())


def of_function(step: str, name: str) -> Metric:
    """Name a metric of a function."""
    return metric("AWS/Lambda", name, FunctionName=f"{step.title()}Function")


class Board:
    """Watches a world from its beginning; ask it afterwards when an alarm rang."""

    def __init__(self, world: "World") -> None:
        self._world, self.metrics, self._letters = world, Metrics(), 0
        self._gauges: dict[Metric, float] = {}
        self._watch_functions(world)
        self._watch_executions(world)
        self._watch_sweeps(world)

    def first_ring(self, start: float, end: float, only: tuple[str, ...] = ()) -> tuple[float, str] | None:
        """Return when an alarm of the template, or of `only` these, is first in ALARM, and which."""
        return first_ring([each for each in template_alarms() if not only or each.name in only], self.metrics, start, end)

    def _add(self, which: Metric, value: float = 1.0) -> None:
        self.metrics.add(which, self._world.now(), value)

    # What AWS counts

    def _watch_functions(self, world: "World") -> None:
        invoke = world.functions.invoke

        def watched(step: str, event: dict[str, Any], answered: Answered) -> None:
            heard: list[None] = []

            def hear(answer: dict[str, Any] | None, error: str | None) -> None:
                if not heard:  # what comes later is a second run of the same event
                    self._count(step, answer, error)
                heard.append(None)
                answered(answer, error)

            invoke(step, event, hear)

        world.functions.invoke = watched  # type: ignore[method-assign]

    def _count(self, step: str, answer: dict[str, Any] | None, error: str | None) -> None:
        if error == _THROTTLED:
            self._add(of_function(step, "Throttles"))
        elif error not in _OF_THE_SERVICE:
            self._add(of_function(step, "Invocations"))
            self._add(of_function(step, "Errors"), float(error is not None))
        if step == "api":
            self._add(API, float(answer is None or answer["statusCode"] >= 500))

    def _watch_executions(self, world: "World") -> None:
        closed = world.workflow._closed

        def watched(execution: "Execution") -> None:
            self._add(metric("AWS/States", _ENDINGS[execution.status], StateMachineArn="VideoStateMachine"))
            closed(execution)

        world.workflow._closed = watched

    # The sweep, and what the product prints

    def _watch_sweeps(self, world: "World") -> None:
        sweeping = world.sweeping
        printed, has_work = sweeping.metric, sweeping._has_work

        def metric_printed(text: str) -> None:
            self._print(json.loads(text))
            printed(text)

        def worked() -> bool:
            found = has_work()
            if not found:
                self._repeat()
            return found

        sweeping.metric, sweeping._has_work = metric_printed, worked  # type: ignore[method-assign]
        sweeping.gave_up = self._give_up

    def _print(self, body: dict[str, Any]) -> None:
        """Take one line of the embedded metric format."""
        for directive in body["_aws"]["CloudWatchMetrics"]:
            (names,) = directive["Dimensions"]
            for name in (each["Name"] for each in directive["Metrics"]):
                which = metric(directive["Namespace"], name, **{each: body[each] for each in names})
                values = body[name] if isinstance(body[name], list) else [body[name]]
                for value in values:
                    self._add(which, value)
                if name in _GAUGES:
                    self._gauges[which] = values[-1]

    def _repeat(self) -> None:
        """The run leaves this sweep out, because it would find nothing and print the same."""
        self._add(of_function("sweep", "Invocations"))
        for which, value in self._gauges.items():
            self._add(which, value if which[1] != "SweepRepairs" else 0.0)

    def _give_up(self) -> None:
        self._letters += 1
        self._add(FAILURES, self._letters)


# The metrics that every sweep prints.
_GAUGES = frozenset({"UnconfirmedVideos", "RefusedVideos", "Stuck", "SweepRepairs", "BreakerOpen", "Paused"})
