"""The carriers of deliveries: one execution each, named by the delivery and given ids and a number."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cliprelay.aws.executions import ExecutionState
from cliprelay.webhooks.delivery import new_delivery
from cliprelay.webhooks.executions import DeliveryExecutions
from tests.support.delivery_runner import EVENT, ended_video
from tests.support.makers import NOW, Meddled

if TYPE_CHECKING:
    from tests.support.world import World

DELIVERY = new_delivery(ended_video(), NOW, timedelta(days=30), number=3)


def test_a_carrier_is_named_by_its_delivery_and_given_nothing_else(world: "World") -> None:
    asked: dict[str, Any] = {}
    client: Any = Meddled(world.sfn, start_execution=lambda real, **kwargs: asked.update(kwargs))
    DeliveryExecutions(client, world.state_machine()).start(DELIVERY)
    assert asked["name"] == f"{EVENT}-3"
    assert json.loads(asked["input"]) == {"video_id": DELIVERY.video_id, "event_id": EVENT, "delivery": 3}


def test_a_carrier_is_absent_then_running_then_closed(world: "World") -> None:
    executions = world.delivery_executions
    seen = [executions.state(DELIVERY)]
    executions.start(DELIVERY)
    executions.start(DELIVERY)
    seen.append(executions.state(DELIVERY))
    world.close(DELIVERY.id)
    seen.append(executions.state(DELIVERY))
    assert seen == [ExecutionState.ABSENT, ExecutionState.RUNNING, ExecutionState.CLOSED]
    assert world.started() == [f"{EVENT}-3"]
