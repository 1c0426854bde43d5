"""Sizes and prices are the published ones, and the ledger charges as its option says."""

import pytest

from local.simulator.contract.pricing import SIZES, cost, frames, nearest_ratio
from tests.support.simulator_client import Customer

# As the vendor's table prints it.
PRINTED = """
    16:9     4:3      1:1     3:4      9:16     21:9
    864x496  752x560  640x640 560x752  496x864  992x432
    1280x720 1112x834 960x960 834x1112 720x1280 1470x630
"""


def test_every_size_is_as_the_vendor_prints_it() -> None:
    ratios, *rows = [line.split() for line in PRINTED.strip().splitlines()]
    for resolution, row in zip(("480p", "720p"), rows, strict=True):
        assert {ratio: f"{width}x{height}" for ratio, (width, height) in SIZES[resolution].items()} == dict(zip(ratios, row, strict=True))


def test_five_seconds_at_720p_take_the_tokens_of_the_vendors_sample() -> None:
    assert frames(5) == 121
    assert cost("720p", "16:9", 5, audio=True, tier="default").tokens == 108900


@pytest.mark.parametrize(
    ("resolution", "audio", "per_second"),
    [("480p", True, 0.0241), ("480p", False, 0.0121), ("720p", True, 0.0518), ("720p", False, 0.0259)],
)
def test_prices_come_to_the_published_ones_per_second(resolution: str, audio: bool, per_second: float) -> None:
    assert cost(resolution, "16:9", 5, audio, "default").usd == pytest.approx(per_second * frames(5) / 24, rel=0.01)


def test_flex_costs_half() -> None:
    default, flex = (cost("720p", "1:1", 8, audio=True, tier=tier) for tier in ("default", "flex"))
    assert flex.usd == pytest.approx(default.usd / 2, abs=1e-6)
    assert flex.tokens == default.tokens


def test_a_shape_between_two_listed_ones_becomes_the_nearer() -> None:
    assert [nearest_ratio("720p", width, 1000) for width in (2400, 2000, 1500, 1100, 800, 600)] == [
        "21:9",
        "16:9",
        "4:3",
        "1:1",
        "3:4",
        "9:16",
    ]


@pytest.mark.parametrize(("charge", "expected"), [("success", [None, True, False]), ("accept", [True, True, True])])
def test_a_task_is_charged_by_success_or_by_acceptance(charge: str, expected: list[bool | None]) -> None:
    customer = Customer(charge=charge)
    customer.created("outcome=never")
    customer.created()
    customer.created("outcome=moderated")
    customer.wait(60)
    entries = customer.simulator.ledger()
    assert [entry["charged"] for entry in entries] == expected
    charged = sum(entry["usd"] for entry in entries if entry["charged"])
    assert customer.simulator.summary()["usd_charged"] == pytest.approx(charged)


def test_refusals_are_counted_by_their_reason() -> None:
    customer = Customer()
    for words in ("create=balance:always", "create=drop", "create=typo", "create=balance:always"):
        customer.create(words)
    summary = customer.simulator.summary()
    assert summary["refused"] == {"fault balance": 2, "fault drop": 1, "INVALID_REQUEST_BODY": 1}
    assert (summary["posts"], summary["accepted"]) == (4, 0)
