"""The sweep publishes each share of a budget once: to the operator, and to the tenant's own webhook."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.notifications.alarms import AlarmsTopic
from cliprelay.steps.sweep import Sweeper, SweepIncomplete
from cliprelay.steps.sweep_budgets import BudgetSweeper
from cliprelay.tenants.budgets import Limits
from cliprelay.tenants.notices import BudgetNotice
from cliprelay.video.spend import Scope
from cliprelay.webhooks.delivery import DeliveryStatus
from tests.support.delivery_runner import BROKEN, GONE, OK, URL, delivering
from tests.support.makers import GRACE, NOW, TENANT

if TYPE_CHECKING:
    from cliprelay.webhooks.delivery import Delivery
    from tests.support.world import World


class Topic(AlarmsTopic):
    """Records what is published."""

    def __init__(self, fails: bool = False) -> None:
        self.published: list[str] = []
        self.fails = fails

    def publish(self, subject: str, lines: Any) -> None:
        if self.fails:
            raise ConnectionError
        self.published.append(subject)


def _notice(world: "World", percent: int = 80, key_name: str | None = None) -> dict[str, Any]:
    item: dict[str, Any] = {
        "pk": "notices",
        "sk": f"tenant#{TENANT}#2026-11-22#{percent}",
        "tenant": TENANT,
        "key_name": key_name,
        "span": "day",
    }
    item |= {"period": "2026-11-22", "percent": percent, "limit": 1_000_000, "used": 800_000, "reached_at": "2026-11-22T06:00:00Z"}
    kept = {name: value for name, value in item.items() if value is not None}
    world.spend.table.put(kept, "", {})
    return kept


def _sweeper(world: "World", topic: AlarmsTopic) -> BudgetSweeper:
    usual = world.budget_sweeper()
    return BudgetSweeper(usual.budgets, topic, usual.settings, usual.deliveries, usual.executions, usual.clock, usual.retention)


def _subscribe(world: "World", **settings: Any) -> None:
    world.webhook_settings.put(TENANT, **{"url": URL, "events": None, "enabled": True} | settings)


def _delivery(world: "World") -> "Delivery | None":
    return world.deliveries.get(f"{_event_id(world)}-1")


def _event_id(world: "World") -> str:
    return BudgetNotice.from_item(_notice(world)).event_id


def test_a_notice_is_published_once_and_forgotten(world: "World") -> None:
    _notice(world)
    topic = Topic()
    assert _sweeper(world, topic).publish() == 0
    assert _sweeper(world, topic).publish() == 0
    assert topic.published == [f"ClipRelay: tenant {TENANT} has used 80 % of a budget"]
    assert world.budgets.notices() == []


def test_without_a_notice_nothing_is_published(world: "World") -> None:
    topic = Topic()
    assert _sweeper(world, topic).publish() == 0
    assert topic.published == []


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, True),
        ({"events": ["budget.reached"]}, True),
        ({"events": ["video.succeeded"]}, False),
        ({"enabled": False}, False),
        ({"url": None}, False),
    ],
)
def test_the_tenant_s_own_webhook_gets_the_event_if_it_wants_it(world: "World", settings: dict[str, Any], sent: bool) -> None:
    _subscribe(world, **settings)
    _notice(world)
    _sweeper(world, Topic()).publish()
    assert (_delivery(world) is not None) is sent
    assert bool(world.started()) is sent


def test_the_event_is_signed_and_says_what_was_reached(world: "World") -> None:
    _subscribe(world)
    _notice(world)
    _sweeper(world, Topic()).publish()
    delivery, run = _delivery(world), delivering(world)
    assert delivery is not None
    run.carry(delivery)
    (post,) = run.receiver.posts
    assert post.url == URL
    assert post.headers["webhook-id"] == delivery.event_id
    assert post.headers["webhook-signature"].startswith("v1,")
    assert json.loads(post.body) == {
        "type": "budget.reached",
        "timestamp": "2026-11-22T06:00:00Z",
        "data": BudgetNotice.from_item(_notice(world)).data(),
    }
    ended = _delivery(world)
    assert ended is not None
    assert ended.status is DeliveryStatus.DELIVERED


def test_an_event_that_nobody_accepts_is_tried_ten_times_and_reported(world: "World") -> None:
    _subscribe(world)
    _notice(world)
    _sweeper(world, Topic()).publish()
    delivery, run = _delivery(world), delivering(world, lambda number: BROKEN)
    assert delivery is not None
    run.carry(delivery)
    assert len(run.receiver.posts) == 10
    assert json.loads(run.letters.sent[0]["MessageBody"])["type"] == "budget.reached"


def test_a_410_disables_the_tenant_s_webhook(world: "World") -> None:
    _subscribe(world)
    _notice(world)
    _sweeper(world, Topic()).publish()
    delivery, run = _delivery(world), delivering(world, lambda number: GONE)
    assert delivery is not None
    run.carry(delivery)
    assert world.webhook_settings.of(TENANT).disabled_for == "gone"


def test_a_webhook_that_was_removed_meanwhile_gets_nothing(world: "World") -> None:
    _subscribe(world)
    _notice(world)
    _sweeper(world, Topic()).publish()
    _subscribe(world, url=None)
    delivery, run = _delivery(world), delivering(world, lambda number: OK)
    assert delivery is not None
    run.carry(delivery)
    ended = _delivery(world)
    assert ended is not None
    assert (ended.status, run.receiver.posts) == (DeliveryStatus.DISABLED, [])


def test_a_crash_before_the_notice_is_forgotten_starts_no_second_delivery(world: "World") -> None:
    _subscribe(world)
    _notice(world)
    sweeper = _sweeper(world, Topic())
    sweeper.publish()
    started = world.started()
    _notice(world)
    assert sweeper.publish() == 0
    assert world.started() == started


def test_a_notice_that_cannot_be_published_stays_and_is_counted(world: "World") -> None:
    _notice(world)
    assert _sweeper(world, Topic(fails=True)).publish() == 1
    assert len(world.budgets.notices()) == 1


def test_a_failure_delays_no_video_and_rings(world: "World") -> None:
    _notice(world)
    measured: dict[str, float] = {}
    parts = (world.executions, world.clock, GRACE, measured.__setitem__, world.delivery_sweeper(), world.sweep_lease(), world.eraser())
    sweeper = Sweeper(world.videos, world.controls, *parts, _sweeper(world, Topic(fails=True)))
    with pytest.raises(SweepIncomplete):
        sweeper.sweep()
    assert "SweepRepairs" in measured


def test_a_budget_that_reaches_its_limit_is_published_by_the_next_sweep(world: "World") -> None:
    world.budgets.set_limits(Scope(TENANT), Limits(day=1_000_000))
    reservation = world.budgets.reserve(world.budgets.in_force(TENANT, None), 500_000, NOW)
    world.spend.table.transact(*reservation.parts)
    topic = Topic()
    _sweeper(world, topic).publish()
    assert topic.published == [f"ClipRelay: tenant {TENANT} has used 50 % of a budget"]
