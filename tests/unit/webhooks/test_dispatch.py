"""Deliveries begin once per event, begin again on demand, and are taken up again when nobody carries them."""

from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.notifications.topic import EventsTopic
from cliprelay.steps.notify import notify
from cliprelay.video.states import ANNOUNCED, Status
from cliprelay.webhooks.delivery import DeliveryStatus
from cliprelay.webhooks.dispatch import MOST_PER_EVENT, NothingToSend
from cliprelay.webhooks.table import MARGIN
from cliprelay.workflow.contract import Event
from tests.support.delivery_runner import BROKEN, EVENT, OK, URL, begun, delivering, ended_video
from tests.support.makers import TENANT, Meddled, any_video

if TYPE_CHECKING:
    from tests.support.world import World


class Quiet:
    """A topic that nobody listens to."""

    def publish(self, announcement: object) -> None:
        """Nothing follows."""


def _notify(world: "World", **parts: Any) -> None:
    topic: EventsTopic = Quiet()  # type: ignore[assignment]
    usual: dict[str, Any] = {
        "videos": world.videos,
        "store": world.store,
        "topic": topic,
        "dispatch": world.dispatch(),
        "clock": world.clock,
    }
    notify(Event(video_id=any_video().id, run=1), **usual | parts)


def _names(world: "World") -> list[str]:
    return [each.id for each in world.deliveries.of_video(any_video().id)]


# Notify


@pytest.mark.parametrize("status", sorted(ANNOUNCED))
def test_every_event_of_a_request_with_a_webhook_begins_one_delivery(world: "World", status: Status) -> None:
    world.put(ended_video(status=status, told=None))
    _notify(world)
    _notify(world)
    assert _names(world) == world.started() == [f"{EVENT}-1"]
    (delivery,) = world.deliveries.of_video(any_video().id)
    assert (delivery.kind, delivery.owner) == (f"video.{status}", TENANT)
    assert delivery.expires_at


@pytest.mark.parametrize(
    ("request_fields", "settings", "wanted"),
    [
        ({}, {}, False),
        ({"webhook_url": URL}, {}, True),
        ({"webhook_url": URL, "webhook_events": ["video.failed"]}, {}, False),
        ({"webhook_url": URL, "webhook_events": ["video.failed", "video.succeeded"]}, {}, True),
        ({"webhook_url": URL}, {"url": URL, "events": ["video.failed"]}, True),
        ({}, {"url": URL}, True),
        ({}, {"url": URL, "events": ["video.failed"]}, False),
        ({"webhook_events": ["video.succeeded"]}, {"url": URL, "events": ["video.failed"]}, True),
        ({"webhook_events": ["video.failed"]}, {"url": URL}, False),
        ({}, {"url": URL, "enabled": False}, False),
        ({"webhook_url": URL}, {"url": None, "enabled": False}, True),
    ],
)
def test_an_event_goes_where_the_request_or_else_the_tenant_wants_it(
    world: "World", request_fields: dict[str, Any], settings: dict[str, Any], wanted: bool
) -> None:
    if settings:
        world.webhook_settings.put(TENANT, **{"url": None, "events": None, "enabled": True} | settings)
    world.put(ended_video(**{"told": None, "webhook_url": None} | request_fields))
    _notify(world)
    assert bool(_names(world)) is wanted


def test_a_webhook_of_another_tenant_gets_nothing(world: "World") -> None:
    world.webhook_settings.put("other", url=URL, events=None, enabled=True)
    world.put(ended_video(told=None, webhook_url=None))
    _notify(world)
    assert _names(world) == []


@pytest.mark.parametrize("operation", ["get_item", "put_item"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_while_a_delivery_begins_leaves_the_event_to_be_told_and_begins_one_delivery(
    world: "World", operation: str, after: bool
) -> None:
    from cliprelay.webhooks.settings import WebhookSettingsTable
    from cliprelay.webhooks.table import DeliveryTable

    def die(real: Any, **kwargs: Any) -> Any:
        if after:
            real(**kwargs)
        raise SystemExit("killed")

    client: Any = Meddled(world.dynamodb, **{operation: die})
    tables = {"deliveries": DeliveryTable(client, world.webhooks_table), "settings": WebhookSettingsTable(client, world.webhooks_table)}
    world.put(ended_video(told=None))
    with pytest.raises(SystemExit):
        _notify(world, dispatch=world.dispatch(**tables))
    assert world.read(any_video().id).must_be_announced
    _notify(world)
    assert _names(world) == world.started() == [f"{EVENT}-1"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_while_an_execution_starts_starts_it_once(world: "World", after: bool) -> None:
    from cliprelay.webhooks.executions import DeliveryExecutions

    def die(real: Any, **kwargs: Any) -> Any:
        if after:
            real(**kwargs)
        raise SystemExit("killed")

    broken = DeliveryExecutions(Meddled(world.sfn, start_execution=die), world.state_machine())  # type: ignore[arg-type]
    world.put(ended_video(told=None))
    with pytest.raises(SystemExit):
        _notify(world, dispatch=world.dispatch(executions=broken))
    _notify(world)
    assert world.started() == [f"{EVENT}-1"]


# Again


def test_the_same_event_is_sent_again_under_its_id_as_another_delivery(world: "World") -> None:
    work = delivering(world)
    work.carry(begun(world))
    again = world.dispatch().again(world.read(any_video().id))
    assert again.id == f"{EVENT}-2"
    work.carry(again)
    assert [post.headers["webhook-id"] for post in work.receiver.posts] == [EVENT, EVENT]
    assert _names(world) == [f"{EVENT}-2", f"{EVENT}-1"]


def test_an_earlier_event_is_sent_again_with_its_type_and_its_time(world: "World") -> None:
    doubt = world.put(ended_video(status=Status.UNCONFIRMED, event_id="evt_0", event_at="2026-11-22T05:00:00Z"))
    world.dispatch().first(doubt)
    video = world.put(ended_video())
    world.dispatch().first(video)
    again = world.dispatch().again(video, "evt_0")
    assert (again.id, again.kind, again.event_at) == ("evt_0-2", "video.unconfirmed", "2026-11-22T05:00:00Z")


def test_ten_deliveries_and_more_are_counted_as_numbers(world: "World") -> None:
    video = world.put(ended_video())
    for _ in range(11):
        newest = world.dispatch().again(video)
    assert newest.number == 11
    assert world.deliveries.of_video(video.id)[0].number == 11


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.QUEUED, "event_id": None},
        {"webhook_url": None},
    ],
    ids=["no event", "no webhook"],
)
def test_what_cannot_be_sent_is_said(world: "World", changes: dict[str, Any]) -> None:
    with pytest.raises(NothingToSend):
        world.dispatch().again(world.put(ended_video(**changes)))
    assert world.started() == []


def test_an_event_of_another_video_is_not_sent(world: "World") -> None:
    begun(world, id="vid_2", event_id="evt_2")
    with pytest.raises(NothingToSend, match="no such event"):
        world.dispatch().again(world.put(ended_video()), "evt_2")


def test_an_event_is_sent_fifty_times_at_most(world: "World") -> None:
    video = world.put(ended_video())
    for _ in range(MOST_PER_EVENT):
        world.dispatch().again(video)
    with pytest.raises(NothingToSend, match="50 times"):
        world.dispatch().again(video)


# The sweep


def _due(world: "World") -> None:
    world.clock.advance(MARGIN.total_seconds() + 1)


def _sweep(world: "World") -> int:
    sweeper = world.delivery_sweeper()
    return sum(sweeper.reconcile(name) for name in chain(*sweeper.due().values()))


def test_a_delivery_whose_execution_never_started_is_started(world: "World") -> None:
    from cliprelay.webhooks.executions import DeliveryExecutions

    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "StartExecution")

    broken = DeliveryExecutions(Meddled(world.sfn, start_execution=fail), world.state_machine())  # type: ignore[arg-type]
    world.dispatch(executions=broken).again(world.put(ended_video()))
    assert _sweep(world) == 0
    _due(world)
    assert _sweep(world) == 1
    assert world.started() == [f"{EVENT}-1"]


def test_a_delivery_whose_execution_runs_is_left_alone_and_looked_at_later(world: "World") -> None:
    begun(world)
    _due(world)
    assert (_sweep(world), _sweep(world)) == (0, 0)
    assert list(chain(*world.delivery_sweeper().due().values())) == []


def test_a_delivery_whose_execution_was_lost_goes_on_under_the_next_number_where_it_stood(world: "World") -> None:
    work = delivering(world, lambda number: OK if number == 10 else BROKEN)
    delivery = begun(world)
    for attempt in range(3):
        work.deliver(delivery, attempt)
    world.close(delivery.id)
    world.clock.advance(1_800)
    _due(world)
    assert _sweep(world) == 1
    assert _sweep(world) == 0
    assert world.started() == [f"{EVENT}-1", f"{EVENT}-2"]
    old, successor = (world.deliveries.get(f"{EVENT}-{number}") for number in (1, 2))
    assert old
    assert successor
    assert (old.status, successor.failures, len(successor.attempts)) == (DeliveryStatus.CONTINUED, 3, 3)
    assert work.carry(successor).last == "Delivered"
    assert len(work.receiver.posts) == 10
    # Should the old execution live after all, it finds nothing to do.
    assert work.deliver(delivery, 3)["next"] == "done"


def test_a_crash_between_taking_over_and_starting_is_mended_by_the_next_sweep(world: "World") -> None:
    begun(world)
    world.close(f"{EVENT}-1")
    _due(world)
    delivery = world.deliveries.get(f"{EVENT}-1")
    assert delivery
    world.deliveries.carry_on(delivery, 2, world.clock())
    assert world.deliveries.carry_on(delivery, 3, world.clock()) is None
    _due(world)
    assert _sweep(world) == 1
    assert world.started() == [f"{EVENT}-1", f"{EVENT}-2"]


def test_a_delivery_that_is_over_is_in_nobodys_way(world: "World") -> None:
    delivering(world).carry(begun(world))
    world.clock.advance(timedelta(days=30).total_seconds())
    assert list(chain(*world.delivery_sweeper().due().values())) == []
