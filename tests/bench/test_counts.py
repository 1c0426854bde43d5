"""What one video asks of AWS: the exact counts are on the page and must be the present ones, and may not grow unnoticed."""

from dataclasses import dataclass

import pytest

from tests.bench.calls import STEPS, walked
from tests.bench.walk import MINUTE_LONG, THREE_DAYS, WITH_POSTER, WITHIN_BUDGETS, Order
from tests.support.paths import ROOT
from tools.docs.counted import DOCUMENTS, filled


@dataclass(frozen=True)
class Most:
    """What an order may ask for at most. Lower these with every saving; raising one needs a reason."""

    calls: dict[str, int]
    writes: float
    reads: float
    transitions: int
    events: int
    polls: int
    late: float


# The counters of usage take four write units, in transactions that are made anyway; budgets take one call, and as many units each.
# With two, the record of this order grows over a limit of 1 KB; that of a flex order is longer anyway, and the provider's name is in both.
ONE_BUDGET, TWO_BUDGETS = WITHIN_BUDGETS
MOST = {
    MINUTE_LONG: Most({"api": 3, "submit": 5, "poll": 9, "archive": 3, "notify": 4}, 57, 13, 23, 75, 6, 3),
    ONE_BUDGET: Most({"api": 4, "submit": 5, "poll": 9, "archive": 3, "notify": 4}, 61, 15, 23, 75, 6, 3),
    TWO_BUDGETS: Most({"api": 4, "submit": 5, "poll": 9, "archive": 3, "notify": 4}, 70, 16, 23, 75, 6, 3),
    WITH_POSTER: Most({"api": 3, "submit": 5, "poll": 9, "archive": 3, "thumbnail": 4, "notify": 4}, 60, 14.5, 24, 80, 6, 3),
    THREE_DAYS: Most({"api": 3, "submit": 5, "poll": 220, "archive": 3, "notify": 4}, 329, 116, 170, 516, 55, 7_200),
}
EACH = pytest.mark.parametrize("order", MOST, ids=lambda order: order.name)


@EACH
def test_a_video_succeeds_undisturbed_by_the_functions_of_the_walk_alone(order: Order) -> None:
    one = walked(order)
    assert (one.status, one.refused) == ("succeeded", {})
    once = set(MOST[order].calls) - {"poll"}
    assert {step: count for step, count in one.invocations.items() if count and step != "poll"} == dict.fromkeys(once, 1)


@EACH
def test_no_function_makes_more_calls_than_before(order: Order) -> None:
    one = walked(order)
    made = {step: sum(one.of_step(step).values()) for step in STEPS}
    assert {step: count for step, count in made.items() if count > MOST[order].calls.get(step, 0)} == {}


@EACH
def test_a_video_takes_no_more_units_than_before(order: Order) -> None:
    one = walked(order)
    assert sum(one.writes.values()) <= MOST[order].writes
    assert sum(one.reads.values()) <= MOST[order].reads


@EACH
def test_a_video_takes_no_more_polls_and_transitions_than_before_and_its_end_is_seen_as_soon(order: Order) -> None:
    one, most = walked(order), MOST[order]
    assert (one.polls, one.transitions, one.events) <= (most.polls, most.transitions, most.events)
    assert one.transitions <= most.transitions
    assert one.events <= most.events
    assert 0 <= one.late <= most.late


def test_every_call_is_counted_for_one_step_and_one_operation() -> None:
    one = walked(MINUTE_LONG)
    assert sum(one.operations.values()) == sum(one.calls.values()) == sum(sum(one.of_step(step).values()) for step in STEPS)
    # Whatever the product becomes: an order is recorded and its execution started, a video is stored and announced.
    assert {"DynamoDB TransactWriteItems", "Step Functions StartExecution", "S3 PutObject", "SNS Publish"} <= set(one.operations)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_quote_the_present_counts(path: object) -> None:
    (document,) = [each for each in DOCUMENTS if each == path]
    text = document.read_text(encoding="utf-8")
    assert text == filled(text), f"run `make docs`: {document.relative_to(ROOT)}"
