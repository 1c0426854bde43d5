"""Money at the border: what does not fit is refused before anything is recorded, and a repeated order is never refused for money."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.errors import Refusal
from cliprelay.tenants.api_keys import CACHE_SECONDS, Identity
from cliprelay.tenants.budgets import Limits
from cliprelay.video.spend import Scope
from tests.support.makers import Meddled, any_body, any_png, data_uri, read_order

if TYPE_CHECKING:
    from tests.support.world import World

ACME = Scope("acme")
# 5 s at 720p with sound, in any shape; at 16:9 it is 0.2614.
MOST = 263_006
URL = "https://assets.example.com/a.png"


def _set(world: "World", most: int) -> None:
    world.budgets.set_limits(ACME, Limits(day=most))


def _order(world: "World", key: str | None = "order-7", **changes: Any) -> Any:
    return world.ask("POST", "/v1/videos", body=any_body(**changes), headers={"idempotency-key": key} if key else {})


def test_the_first_order_that_does_not_fit_is_refused_and_records_nothing(world: "World") -> None:
    _set(world, MOST + 1)
    assert _order(world, "1").status == 202
    before, objects = world.items(), world.objects()
    refused = _order(world, "2", image=data_uri(any_png()))
    assert (refused.status, refused.json["code"], refused.json["budget"]) == (402, "budget_exceeded", "tenant:day")
    assert set(refused.json) >= {"limit_usd", "spent_usd", "reserved_usd", "asked_usd", "resets_at", "detail"}
    assert (world.items(), world.objects()) == (before, objects)


def test_a_repeated_order_gets_its_video_whatever_is_left(world: "World") -> None:
    _set(world, MOST)
    first = _order(world)
    assert [first.status, _order(world).status, _order(world, "another").status] == [202, 200, 402]


def test_an_order_that_is_recorded_while_it_is_repeated_is_no_402(world: "World") -> None:
    """The repetition finds neither the key nor, a moment later, room in the budget: both belong to the same order."""
    _set(world, MOST)
    intake = world.services().intake
    order, identity = read_order(any_body()), Identity("acme", None, has_budget=True)
    sent: list[bool] = []

    def ask() -> Any:
        return intake.accept(order, identity=identity, key="7", body=b"{}", base_url="")

    def meanwhile(real: Any, **kwargs: Any) -> Any:
        if not sent:
            sent.append(True)
            ask()
        return real(**kwargs)

    world.budgets._table._client = Meddled(world.dynamodb, batch_get_item=meanwhile)  # type: ignore[assignment]
    _, replayed = ask()
    assert replayed
    assert len([item for item in world.items() if "tenant" in item]) == 1


def test_an_order_that_no_longer_fits_when_it_is_recorded_leaves_no_image(world: "World") -> None:
    _set(world, MOST)
    intake = world.services().intake
    identity = Identity("acme", None, has_budget=True)
    sent: list[bool] = []

    def ask(key: str) -> Any:
        return intake.accept(read_order(any_body(image=data_uri(any_png()))), identity=identity, key=key, body=b"{}", base_url="")

    def meanwhile(real: Any, **kwargs: Any) -> Any:
        if not sent:
            sent.append(True)
            ask("first")
        return real(**kwargs)

    world.videos._table._client = Meddled(world.dynamodb, transact_write_items=meanwhile)  # type: ignore[assignment]
    with pytest.raises(Refusal) as caught:
        ask("second")
    assert caught.value.code == "budget_exceeded"
    assert len(world.objects()) == 1


def test_an_order_whose_items_stay_busy_is_refused_and_its_repetition_ends_well(world: "World") -> None:
    _set(world, MOST)
    code, reasons = "TransactionCanceledException", [{"Code": "None"}, {"Code": "TransactionConflict"}]
    busy = ClientError({"Error": {"Code": code}, "CancellationReasons": reasons}, "TransactWriteItems")  # type: ignore[typeddict-item]

    def conflict(real: Any, **kwargs: Any) -> Any:
        raise busy

    front = world.front(videos=world.videos_over(Meddled(world.dynamodb, transact_write_items=conflict)))
    refused = world.ask("POST", "/v1/videos", body=any_body(), headers={"idempotency-key": "7"}, front=front)
    assert (refused.status, refused.json["code"], refused.headers["retry-after"]) == (503, "busy", "1")
    assert _order(world, "7").status == 202


def test_without_a_budget_nothing_is_read_or_written_for_one(world: "World") -> None:
    assert world.key
    _order(world, "1")
    asked: list[str] = []

    def note(real: Any, **kwargs: Any) -> Any:
        asked.append("read")
        return real(**kwargs)

    world.budgets._table._client = Meddled(world.dynamodb, batch_get_item=note)  # type: ignore[assignment]
    assert _order(world, "2").status == 202
    assert (asked, [item["pk"] for item in world.spend_items()]) == ([], ["usage#acme", "usage#acme"])
    world.clock.advance(CACHE_SECONDS)
    _set(world, MOST)
    assert _order(world, "3").status == 202
    assert _order(world, "4").status == 402


def test_the_record_says_what_is_reserved_for_which_key_in_which_periods(world: "World") -> None:
    _set(world, MOST)
    video = world.read(_order(world).json["id"])
    day = video.created_at[:10]
    assert (video.reserved, video.key_name, video.budgets) == (MOST, None, [f"tenant#acme#{day}", f"tenant#acme#{day[:7]}"])


@pytest.mark.parametrize(
    ("limit", "status"), [("0.2630", 422), (0.2630, 422), ("0.263006", 202), ("0.2631", 202), (0.28, 202), (1, 202), ("1000000", 202)]
)
def test_an_order_above_its_own_limit_is_refused_like_its_quote(world: "World", limit: object, status: int) -> None:
    said = _order(world, max_cost_usd=limit)
    quoted = world.ask("POST", "/v1/quotes", body=any_body(max_cost_usd=limit))
    assert (said.status, quoted.status) == (status, 422 if status == 422 else 200)
    if status == 422:
        (complaint,) = said.json["errors"]
        assert (complaint["field"], complaint["accepted"]) == ("max_cost_usd", "at least 0.2631, or a cheaper order")
        assert world.items() == []


def test_a_known_shape_is_not_taken_for_the_dearest_one(world: "World") -> None:
    assert _order(world, max_cost_usd="0.2614", ratio="16:9").status == 202


@pytest.mark.parametrize(
    "limit",
    ["0", 0, -1, "-1", "1e3", "$5", "5,00", "NaN", "Infinity", "", " 1", "0.1234567", "1000001", 10**30, True, [], {}, "1" * 40, 1e-9],
)
def test_a_limit_that_is_no_amount_is_refused_by_name(world: "World", limit: object) -> None:
    refused = _order(world, max_cost_usd=limit)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "max_cost_usd")
    assert world.items() == []
