"""Budgets: no acceptance exceeds a limit, whatever was counted since it was read, and each amount stays in the period of its acceptance."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.catalog.micros import usd
from cliprelay.errors import Refusal
from cliprelay.tenants.budgets import Limits, fit, resets_at
from cliprelay.video.record import Video, iso
from cliprelay.video.spend import Scope
from cliprelay.video.states import Status
from cliprelay.video.table import BudgetChanged, TaskOfAnother
from tests.support.makers import any_video

if TYPE_CHECKING:
    from tests.support.world import World

ACME, SHOP = Scope("acme"), Scope("acme", "shop")
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
PRICE = 250_000
QUOTE = {"tokens": 100_000, "usd": "0.2500", "usd_per_million": "2.5"}


def _video(number: int, moment: datetime = NOW, key_name: str | None = "shop", price: int = PRICE) -> Video:
    return any_video(
        id=f"vid_01KAN3J9M4S9A5XH7W2T0QZ{number:03d}", created_at=iso(moment), reserved=price, key_name=key_name, quote=QUOTE, tenant="acme"
    )


def _accept(world: "World", video: Video, moment: datetime = NOW) -> Video:
    reservation = world.budgets.reserve(world.budgets.in_force("acme", video.key_name), video.reserved or 0, moment)
    recorded = replace(video, budgets=reservation.budgets or None)
    world.videos.accept(recorded, None, moment, reservation.parts)
    return recorded


def _use(world: "World", scope: Scope = ACME) -> tuple[Any, Any]:
    day, month = world.budgets.get(scope).day, world.budgets.get(scope).month
    return day and (day.period, day.used, day.reserved, day.doubtful), month and (month.period, month.used, month.reserved, month.doubtful)


def _end(world: "World", video: Video, status: Status, moment: datetime = NOW, **changes: Any) -> None:
    running = replace(video, status=Status.RUNNING if status is not Status.SUCCEEDED else Status.ARCHIVING, upstream_id="t-1")
    world.put(running)
    assert world.videos.move(running, status, moment, **changes).won


def test_a_budget_takes_exactly_what_fits(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(day=3 * PRICE))
    for number in range(3):
        _accept(world, _video(number))
    with pytest.raises(Refusal) as caught:
        _accept(world, _video(3))
    assert (caught.value.code, caught.value.facts) == (
        "budget_exceeded",
        {
            "budget": "tenant:day",
            "limit_usd": "0.7500",
            "spent_usd": "0.0000",
            "reserved_usd": "0.7500",
            "asked_usd": "0.2500",
            "resets_at": "2026-11-28T00:00:00Z",
        },
    )
    assert _use(world) == (("2026-11-27", 3 * PRICE, 3 * PRICE, 0), ("2026-11", 3 * PRICE, 3 * PRICE, 0))


def test_a_reservation_that_was_read_before_another_took_the_rest_writes_nothing(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(month=PRICE))
    late = world.budgets.reserve(world.budgets.in_force("acme", None), PRICE, NOW)
    _accept(world, _video(1))
    with pytest.raises(BudgetChanged):
        world.videos.accept(_video(2), None, NOW, late.parts)
    assert world.videos.get(_video(2).id) is None
    assert _use(world)[1] == ("2026-11", PRICE, PRICE, 0)


@pytest.mark.parametrize("limits", [Limits(day=PRICE), Limits()], ids=["lowered", "ended"])
def test_a_reservation_under_limits_that_have_changed_writes_nothing(world: "World", limits: Limits) -> None:
    world.budgets.set_limits(ACME, Limits(day=9 * PRICE))
    _accept(world, _video(1))
    late = world.budgets.reserve(world.budgets.in_force("acme", None), PRICE, NOW)
    world.budgets.set_limits(ACME, limits)
    with pytest.raises(BudgetChanged):
        world.videos.accept(_video(2), None, NOW, late.parts)


def test_tenant_and_key_each_have_their_own_budget_and_the_one_that_starts_anew_last_is_named(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(month=PRICE))
    world.budgets.set_limits(SHOP, Limits(day=PRICE))
    assert _accept(world, _video(1)).budgets == [
        "tenant#acme#2026-11-27",
        "tenant#acme#2026-11",
        "key#acme#shop#2026-11-27",
        "key#acme#shop#2026-11",
    ]
    with pytest.raises(Refusal) as caught:
        _accept(world, _video(2))
    assert (caught.value.facts["budget"], caught.value.facts["resets_at"]) == ("tenant:month", "2026-12-01T00:00:00Z")


def test_the_default_holds_for_each_tenant_without_limits_of_its_own(world: "World") -> None:
    world.budgets.set_limits(Scope("*"), Limits(day=PRICE))
    _accept(world, _video(1))
    with pytest.raises(Refusal):
        _accept(world, _video(2))
    assert world.budgets.applies("another", None)
    assert _use(world, Scope("*")) == (None, None)
    world.budgets.set_limits(ACME, Limits(day=2 * PRICE))
    _accept(world, _video(3))
    assert _use(world)[0] == ("2026-11-27", 2 * PRICE, 2 * PRICE, 0)


def test_no_video_is_accepted_under_an_older_default_after_one_under_the_newer(world: "World") -> None:
    world.budgets.set_limits(Scope("*"), Limits(day=9 * PRICE))
    _accept(world, _video(1))
    late = world.budgets.reserve(world.budgets.in_force("acme", None), PRICE, NOW)
    world.budgets.set_limits(Scope("*"), Limits(day=2 * PRICE))
    _accept(world, _video(2))
    with pytest.raises(BudgetChanged):
        world.videos.accept(_video(3), None, NOW, late.parts)


@pytest.mark.parametrize(
    ("status", "changes", "left"),
    [
        (Status.SUCCEEDED, {"object_key": "k"}, (PRICE, 0, 0)),
        (Status.FAILED, {"error": {"code": "moderated", "message": "?"}}, (PRICE, 0, PRICE)),
        (Status.EXPIRED, {"error": {"code": "deadline", "message": "?"}}, (PRICE, 0, PRICE)),
    ],
)
def test_an_ending_moves_its_money_with_it(world: "World", status: Status, changes: dict[str, Any], left: tuple[int, int, int]) -> None:
    world.budgets.set_limits(ACME, Limits(day=9 * PRICE))
    _end(world, _accept(world, _video(1)), status, **changes)
    assert _use(world) == (("2026-11-27", *left), ("2026-11", *left))


def test_a_video_that_was_never_submitted_gives_back_what_it_reserved(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(day=PRICE))
    video = _accept(world, _video(1))
    error = {"code": "not_submitted", "message": "?"}
    assert world.videos.move(video, Status.FAILED, NOW, error=error).won
    assert not world.videos.move(video, Status.FAILED, NOW, error=error).won
    assert _use(world)[0] == ("2026-11-27", 0, 0, 0)
    _accept(world, _video(2))


# A month that ends while videos run: when each was accepted and when it ended, and what each period counts then.
LAST, FIRST = datetime(2026, 11, 30, 23, 59, 50, tzinfo=UTC), datetime(2026, 12, 1, 0, 0, 10, tzinfo=UTC)
SECOND = datetime(2026, 12, 2, tzinfo=UTC)
TURNS = [
    # ended in the period of acceptance, although the next day has begun elsewhere
    (LAST, LAST, None, ("2026-11-30", 0, 0), ("2026-11", 0, 0)),
    # the month is over for the clock, and no video of the next one has been accepted: its item still counts it
    (LAST, FIRST, None, ("2026-11-30", 0, 0), ("2026-11", 0, 0)),
    # a video of the next month came first: what is released of the last one no longer matters
    (LAST, FIRST, FIRST, ("2026-12-01", PRICE, PRICE), ("2026-12", PRICE, PRICE)),
    # the day is over, the month is not
    (FIRST, SECOND, SECOND, ("2026-12-02", PRICE, PRICE), ("2026-12", PRICE, PRICE)),
    # ended a minute after midnight by a clock that is ahead: the item says which periods count
    (FIRST, SECOND + timedelta(minutes=1), None, ("2026-12-01", 0, 0), ("2026-12", 0, 0)),
]


@pytest.mark.parametrize(("accepted", "ended", "another", "day", "month"), TURNS)
def test_each_amount_stays_in_the_periods_of_its_acceptance(
    world: "World", accepted: datetime, ended: datetime, another: datetime | None, day: tuple[Any, ...], month: tuple[Any, ...]
) -> None:
    world.budgets.set_limits(ACME, Limits(day=9 * PRICE, month=9 * PRICE))
    video = _accept(world, _video(1, accepted), accepted)
    if another:
        _accept(world, _video(2, another), another)
    assert world.videos.move(video, Status.FAILED, ended, error={"code": "not_submitted", "message": "?"}).won
    found_day, found_month = _use(world)
    assert (found_day[:3], found_month[:3]) == (day, month)


def test_a_clock_that_is_behind_counts_in_the_later_period(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(day=9 * PRICE))
    _accept(world, _video(1, FIRST), FIRST)
    assert _accept(world, _video(2, LAST), LAST).budgets == ["tenant#acme#2026-12-01", "tenant#acme#2026-12"]


def test_a_video_of_an_earlier_version_touches_no_budget_and_no_counter(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(day=9 * PRICE))
    old = replace(_video(1), reserved=None, key_name=None)
    world.put(old)
    assert world.videos.move(old, Status.FAILED, NOW, error={"code": "not_submitted", "message": "?"}).won
    assert _use(world) == (None, None)
    assert [item for item in world.spend_items() if item["pk"].startswith("usage#")] == []


def test_a_video_from_a_restored_table_settles_nothing_again(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(day=9 * PRICE))
    video = _accept(world, _video(1))
    before = world.spend_items()
    marked = world.videos.mark_unconfirmed(video, NOW, {"code": "restored", "message": "?"}).video
    assert world.videos.move(marked, Status.FAILED, NOW, error={"code": "outcome_unknown", "message": "?"}).won
    assert world.spend_items() == before


def test_a_task_id_that_comes_after_the_end_puts_what_was_released_in_doubt(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(day=9 * PRICE))
    claimed = replace(_accept(world, _video(1)), claim="claim-1", deadline=int(NOW.timestamp()))
    world.put(claimed)
    assert world.videos.move(claimed, Status.FAILED, NOW, error={"code": "not_submitted", "message": "?"}).won
    assert _use(world)[0] == ("2026-11-27", 0, 0, 0)
    for _ in range(2):
        assert world.videos.record_evidence(claimed, "task-1", NOW)
        assert (_use(world)[0], world.read(claimed.id).status) == (("2026-11-27", PRICE, 0, PRICE), Status.FAILED)
    assert not world.videos.record_evidence(replace(claimed, claim="claim-2"), "task-1", NOW)
    assert not world.videos.record_evidence(claimed, "task-2", NOW)


def test_a_task_of_another_video_puts_nothing_in_doubt(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(day=9 * PRICE))
    other, claimed = (replace(_accept(world, _video(number)), claim="claim-1", deadline=int(NOW.timestamp())) for number in (1, 2))
    world.put(other)
    world.put(claimed)
    assert world.videos.record_evidence(other, "task-1", NOW)
    assert world.videos.move(claimed, Status.FAILED, NOW, error={"code": "not_submitted", "message": "?"}).won
    before = world.spend_items()
    with pytest.raises(TaskOfAnother):
        world.videos.record_evidence(claimed, "task-1", NOW)
    assert world.spend_items() == before


@pytest.mark.parametrize(("charge", "left"), [("charged", (PRICE, 0, 0)), ("not_charged", (0, 0, 0))])
def test_a_resolution_takes_an_amount_out_of_doubt_once(world: "World", charge: str, left: tuple[int, int, int]) -> None:
    world.budgets.set_limits(ACME, Limits(day=9 * PRICE))
    _end(world, _accept(world, _video(1)), Status.FAILED, error={"code": "moderated", "message": "?"})
    ended = world.read(_video(1).id)
    assert world.videos.resolve_charge(ended, charge, NOW).won
    assert not world.videos.resolve_charge(ended, charge, NOW).won
    assert _use(world)[0] == ("2026-11-27", *left)


def test_a_delivered_file_takes_its_video_out_of_doubt(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(day=9 * PRICE))
    _end(world, _accept(world, _video(1)), Status.FAILED, error={"code": "video_unverified", "message": "?"})
    assert _use(world)[0] == ("2026-11-27", PRICE, 0, PRICE)
    assert world.videos.deliver_failed(world.read(_video(1).id), NOW, object_key="k").won
    assert _use(world)[0] == ("2026-11-27", PRICE, 0, 0)
    (counter,) = [item for item in world.spend_items() if item["pk"] == "usage#acme"]
    counted = {
        name: counter.get(name, 0) for name in ("videos", "reserved", "settled", "doubtful", "videos_failed", "videos_succeeded", "tokens")
    }
    assert counted == {
        "videos": 1,
        "reserved": 0,
        "settled": PRICE,
        "doubtful": 0,
        "videos_failed": 0,
        "videos_succeeded": 1,
        "tokens": 100_000,
    }


def test_each_threshold_is_noticed_once_however_the_videos_race(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(day=10 * PRICE))
    for number in range(3):
        _accept(world, _video(number))
    # Both were read when 30 % were used: the second finds that it crosses the threshold, and must say so.
    first, second = (world.budgets.reserve(world.budgets.in_force("acme", None), PRICE, NOW) for _ in range(2))
    world.videos.accept(_video(3), None, NOW, first.parts)
    with pytest.raises(BudgetChanged):
        world.videos.accept(_video(4), None, NOW, second.parts)
    for number in range(4, 10):
        _accept(world, _video(number))
    noticed = [(item["span"], item["percent"], item["used"]) for item in world.budgets.notices()]
    assert sorted(noticed) == [("day", 50, 5 * PRICE), ("day", 80, 8 * PRICE), ("day", 100, 10 * PRICE)]


@pytest.mark.parametrize(
    ("period", "begins"),
    [
        ("2026-11-30", "2026-12-01"),
        ("2026-11", "2026-12-01"),
        ("2026-12", "2027-01-01"),
        ("2028-02-28", "2028-02-29"),
    ],
)
def test_the_next_period_begins_at_midnight_utc(period: str, begins: str) -> None:
    assert resets_at(period) == f"{begins}T00:00:00Z"


def test_what_fits_is_said_by_the_budget_of_which_the_least_is_left(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(day=9 * PRICE, month=2 * PRICE))
    found = world.budgets.in_force("acme", None)
    said = fit(found, PRICE, NOW)
    assert said is not None
    assert (said["fits"], said["budget"], said["asked_usd"]) == (True, "tenant:month", usd(PRICE))
    assert (fit(found, 2 * PRICE, NOW) or {})["fits"] is True
    assert (fit(found, 2 * PRICE + 1, NOW) or {})["fits"] is False


def test_without_a_budget_nothing_is_said_of_what_fits(world: "World") -> None:
    assert fit(world.budgets.in_force("acme", None), PRICE, NOW) is None


def test_a_limit_of_nothing_refuses_every_order(world: "World") -> None:
    world.budgets.set_limits(ACME, Limits(day=0))
    with pytest.raises(Refusal) as refused:
        world.budgets.reserve(world.budgets.in_force("acme", None), 1, NOW)
    assert refused.value.facts["limit_usd"] == "0.0000"
