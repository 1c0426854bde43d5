"""A delivery whose attempts never come to an end rings within the hour; one whose receiver fails does not."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.steps.deliver import Deliverer, DeliveryEvent
from cliprelay.steps.sweep import Sweeper
from cliprelay.webhooks.retry_schedule import Ending, Reply, RetryDecision
from cliprelay.webhooks.table import DeliveryTable
from tests.simulation.alarms.board import of_function, template_alarms
from tests.simulation.alarms.evaluation import first_ring
from tests.simulation.alarms.metrics import Metrics, metric
from tests.support.delivery_runner import BROKEN, begun, delivering
from tests.support.makers import GRACE, NOW, Meddled

if TYPE_CHECKING:
    from tests.support.world import World

STUCK = metric("ClipRelay", "Stuck", service="cliprelay")
MINUTES = 75
Broken = Callable[["World", Deliverer], Deliverer]


class Killed(Exception):
    """The process ended in the middle of an attempt."""


def _deny(real: Any, *args: Any, **kwargs: Any) -> Any:
    raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "any")


class _Denied:
    """A collaborator of which every call is denied."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: _deny(None)


class _Killer:
    def post(self, *args: Any) -> Reply:
        raise Killed


def _unwritable(world: "World") -> DeliveryTable:
    return DeliveryTable(Meddled(world.dynamodb, update_item=_deny), world.webhooks_table)  # type: ignore[arg-type]


def _exhausted(world: "World", step: Deliverer) -> Deliverer:
    """All attempts failed, and the queue of undeliverable events refuses the event."""
    (delivery,) = world.deliveries.of_video(_event(world)["video_id"])
    opened = world.deliveries.open_attempt(delivery, NOW, "hooks.example.com")
    assert opened
    world.deliveries.close_attempt(opened, NOW, BROKEN, RetryDecision(Ending.FAILED))
    return replace(step, alerts=_Denied())  # type: ignore[arg-type]


FAULTS: dict[str, Broken] = {
    "secret denied": lambda world, step: replace(step, keys=_Denied()),  # type: ignore[arg-type]
    "table not writable": lambda world, step: replace(step, deliveries=_unwritable(world)),
    "killed in each attempt": lambda world, step: replace(step, sender=_Killer()),  # type: ignore[arg-type]
    "queue denied": _exhausted,
}


def _event(world: "World") -> DeliveryEvent:
    delivery = begun(world)
    return DeliveryEvent(video_id=delivery.video_id, event_id=delivery.event_id, delivery=delivery.number, attempt=0)


def _watched(world: "World", broken: Broken) -> Metrics:
    """Let the execution ask Deliver again a minute after each error, or when its answer says so, and the sweep look each five minutes."""
    metrics, event, due = Metrics(), _event(world), 0.0
    step = broken(world, delivering(world, lambda number: BROKEN).step())
    measured: dict[str, float] = {}
    parts = (
        world.executions,
        world.clock,
        GRACE,
        measured.__setitem__,
        world.delivery_sweeper(),
        world.sweep_lease(),
        world.eraser(),
        world.budget_sweeper(),
    )
    sweeper = Sweeper(world.videos, world.controls, *parts)
    for minute in range(1, MINUTES):
        world.clock.advance(60)
        if world.clock.seconds() >= due:
            try:
                answer = step.deliver(event)
                event, due = DeliveryEvent(**{**event, "attempt": answer["attempt"]}), world.clock.seconds() + answer.get("wait", 0)  # type: ignore[typeddict-item]
            except (ClientError, Killed):
                metrics.add(of_function("deliver", "Errors"), world.clock.seconds())
        if minute % 5 == 0:
            sweeper.sweep()
            metrics.add(STUCK, world.clock.seconds(), measured["Stuck"])
    return metrics


def _minutes_until(world: "World", metrics: Metrics, *alarms: str) -> float | None:
    wanted = [alarm for alarm in template_alarms() if alarm.name in alarms]
    found = first_ring(wanted, metrics, NOW.timestamp(), world.clock.seconds())
    return (found[0] - NOW.timestamp()) / 60 if found else None


@pytest.mark.parametrize("fault", FAULTS)
def test_a_delivery_whose_attempts_never_come_to_an_end_rings_at_once_and_is_stuck_after_an_hour(world: "World", fault: str) -> None:
    metrics = _watched(world, FAULTS[fault])
    soon, later = (_minutes_until(world, metrics, alarm) for alarm in ("StepErrorsAlarm", "StuckAlarm"))
    assert soon in range(4, 16)
    assert later in range(60, 71)


def test_a_delivery_whose_receiver_fails_is_not_stuck(world: "World") -> None:
    metrics = _watched(world, lambda world, step: step)
    assert _minutes_until(world, metrics, "StepErrorsAlarm", "StuckAlarm") is None
