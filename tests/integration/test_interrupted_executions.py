"""An execution that is interrupted anywhere begins again at its first state: nothing is paid twice, and nothing is lost or left out."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cliprelay.upstream.contract import PaidRequest
from cliprelay.video.record import deadline_after
from cliprelay.video.states import Status
from cliprelay.webhooks.delivery import Delivery, DeliveryStatus
from cliprelay.webhooks.retry_schedule import STEPS, Reply
from tests.support.asl_walker import Walked, walk
from tests.support.delivery_runner import BROKEN, EVENT, OK, begun, delivering
from tests.support.makers import OwnedClock, any_settings, any_spec, any_video
from tests.support.video_walk import MINUTE, SlowUpstream, steps_of
from tests.support.world import World

VIDEO = any_video().id

Steps = dict[str, Callable[[dict[str, Any]], dict[str, Any]]]


class Interrupted(BaseException):
    """The process is killed; no handler and no Catch sees that."""


class Interruption:
    """Kills the service at the given call of a step, before the step runs or after it, when its result is lost."""

    def __init__(self, steps: Steps, number: int, is_after: bool) -> None:
        self._left, self._is_after = number, is_after
        self.steps: Steps = {name: self._around(name, step) for name, step in steps.items()}
        self.at: str | None = None

    def _around(self, name: str, step: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
        def call(event: dict[str, Any]) -> dict[str, Any]:
            self._left -= 1
            if self._left == 0 and not self._is_after:
                self._kill(name)
            answer = step(event)
            if self._left == 0:
                self._kill(name)
            return answer

        return call

    def _kill(self, name: str) -> None:
        self.at = name
        raise Interrupted


class CountingUpstream(SlowUpstream):
    """Counts payments; may kill the service around one."""

    kill: str | None = None
    paid = 0

    def create(self, request: PaidRequest, *, key: str, seconds: float | None = None) -> str:
        if self.kill == "before":
            raise Interrupted
        self.paid += 1
        if self.kill == "after":
            raise Interrupted
        return super().create(request, key=key, seconds=seconds)


def accept(world: World) -> dict[str, Any]:
    """Accept a video, and return the input of its execution."""
    settings = any_settings()
    video = any_video(settings=settings, deadline=deadline_after(world.clock(), any_spec(**settings)))
    world.videos.accept(video, None, world.clock())
    return {"video_id": video.id, "run": 1}


def continued(data: dict[str, Any], steps: Steps, world: World, machine: str = "video", down: int = 0) -> Walked:
    """Run an execution to its end, again from its first state if it is interrupted; the service is down for so many seconds."""
    try:
        return walk(data, steps, world.clock, machine)
    except Interrupted:
        world.clock.advance(down)
        return walk(data, steps, world.clock, machine)


# Submit, polls, Archive, Thumbnail, Notify; beyond the last call nothing is interrupted.
CALLS = range(1, 20)


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("down", [0, 3_600])
def test_a_video_is_paid_once_and_ends_wherever_its_execution_is_interrupted(world: World, is_after: bool, down: int) -> None:
    visited = Counter[str | None]()
    for number in CALLS:
        fresh = World(OwnedClock(), f"{world.name}-{number}")
        upstream = CountingUpstream(fresh.clock, MINUTE)
        data = accept(fresh)
        interruption = Interruption(steps_of(fresh, upstream), number, is_after)
        walked = continued(data, interruption.steps, fresh, down=down)
        visited[interruption.at] += 1
        assert (walked.ended, fresh.read(VIDEO).status, upstream.paid) == ("Succeed", Status.SUCCEEDED, 1)
        assert not fresh.read(VIDEO).must_be_announced
    assert set(visited) == {"Submit", "Poll", "Archive", "Thumbnail", "Notify", None}


@pytest.mark.parametrize(("kill", "paid"), [("before", 0), ("after", 1)])
def test_a_video_is_not_paid_again_if_the_payment_was_interrupted(world: World, kill: str, paid: int) -> None:
    upstream = CountingUpstream(world.clock, MINUTE)
    upstream.kill = kill
    data, steps = accept(world), steps_of(world, upstream)
    with pytest.raises(Interrupted):
        walk(data, steps, world.clock)
    assert world.read(VIDEO).status is Status.SUBMITTING
    upstream.kill = None
    assert walk(data, steps, world.clock).ended == "Succeed"
    assert (world.read(VIDEO).status, upstream.paid) == (Status.UNCONFIRMED, paid)


@pytest.mark.parametrize("status", [status for status in Status if status not in (Status.QUEUED, Status.SUBMITTING)])
def test_an_execution_that_begins_again_pays_nothing_in_any_state_after_the_payment(world: World, status: Status) -> None:
    upstream = CountingUpstream(world.clock, 0)
    paid_for = {"upstream_id": "task-1"} if status in (Status.RUNNING, Status.ARCHIVING) else {}
    world.put(any_video(status=status, run=1, deadline=int(world.clock.seconds()) + 600, **paid_for))
    assert walk({"video_id": VIDEO, "run": 1}, steps_of(world, upstream), world.clock).ended == "Succeed"
    assert upstream.paid == 0


def test_an_execution_of_an_earlier_run_ends_at_once(world: World) -> None:
    upstream = CountingUpstream(world.clock, 0)
    world.put(any_video(run=2))
    walked = walk({"video_id": VIDEO, "run": 1}, steps_of(world, upstream), world.clock)
    assert (walked.visits, upstream.paid) == ({"Submit": 1, "Next": 1, "Done": 1}, 0)


# Deliveries


def event_of(delivery: Delivery) -> dict[str, Any]:
    return {"video_id": delivery.video_id, "event_id": delivery.event_id, "delivery": delivery.number}


def delivery_in(world: World) -> Delivery:
    delivery = world.deliveries.get(f"{EVENT}-1")
    assert delivery
    return delivery


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, 11))
def test_a_delivery_keeps_to_its_schedule_wherever_its_execution_is_interrupted(world: World, number: int, is_after: bool) -> None:
    work = delivering(world, lambda number: OK if number == 10 else BROKEN)
    data, step = event_of(begun(world)), work.step().deliver
    interruption = Interruption({"Deliver": step}, number, is_after)  # type: ignore[dict-item]  # a typed event
    walked = continued(data, interruption.steps, world, "delivery")
    posts = [round(post.at - work.receiver.posts[0].at) for post in work.receiver.posts]
    assert (interruption.at, walked.last) == ("Deliver", "Delivered")
    # Never early, and late by the second that a wait takes at least.
    assert [at - sum(STEPS[1 : each + 1]) for each, at in enumerate(posts) if at - sum(STEPS[1 : each + 1]) not in (0, 1)] == []
    assert [attempt["status"] for attempt in delivery_in(world).attempts] == [500] * 9 + [200]


def test_an_attempt_that_was_interrupted_is_made_again(world: World) -> None:
    def answer(number: int) -> Reply:
        if number == 3:
            raise Interrupted
        return OK if number == 5 else BROKEN

    work = delivering(world, answer)
    walked = continued(event_of(begun(world)), {"Deliver": work.step().deliver}, world, "delivery")  # type: ignore[dict-item]
    assert walked.last == "Delivered"
    assert [attempt.get("status") or attempt.get("error") for attempt in delivery_in(world).attempts] == [500, 500, "interrupted", 500, 200]


@pytest.mark.parametrize("status", [status for status in DeliveryStatus if status is not DeliveryStatus.PENDING])
def test_an_execution_of_an_ended_delivery_sends_nothing(world: World, status: DeliveryStatus) -> None:
    work = delivering(world, lambda number: OK if status is DeliveryStatus.DELIVERED else BROKEN)
    delivery = begun(world)
    world.dynamodb.update_item(
        TableName=world.webhooks_table,
        Key={"id": {"S": delivery.id}},
        UpdateExpression="SET #status = :status",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":status": {"S": status.value}},
    )
    walk(event_of(delivery), {"Deliver": work.step().deliver}, world.clock, "delivery")  # type: ignore[dict-item]
    assert work.receiver.posts == []
