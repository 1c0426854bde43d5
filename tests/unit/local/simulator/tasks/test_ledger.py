"""The published sizes and prices, and the ledger's charges."""

import pytest

from local.simulator.contract.pricing import SIZES, cost, frames, nearest_ratio
from tests.support.simulator_client import SimulatorClient

# Copied from the vendor's table.
PRINTED = """
    16:9     4:3      1:1     3:4      9:16     21:9
    864x496  752x560  640x640 560x752  496x864  992x432
    1280x720 1112x834 960x960 834x1112 720x1280 1470x630
"""


def test_every_size_matches_the_vendors_table() -> None:
    ratios, *rows = [line.split() for line in PRINTED.strip().splitlines()]
    for resolution, row in zip(("480p", "720p"), rows, strict=True):
        assert {ratio: f"{width}x{height}" for ratio, (width, height) in SIZES[resolution].items()} == dict(zip(ratios, row, strict=True))


def test_five_seconds_at_720p_cost_the_tokens_of_the_vendors_sample() -> None:
    assert frames(5) == 121
    assert cost("720p", "16:9", 5, audio=True, tier="default").tokens == 108900


@pytest.mark.parametrize(
    ("resolution", "audio", "per_second"),
    [("480p", True, 0.0241), ("480p", False, 0.0121), ("720p", True, 0.0518), ("720p", False, 0.0259)],
)
def test_prices_match_the_published_ones_per_second(resolution: str, audio: bool, per_second: float) -> None:
    assert cost(resolution, "16:9", 5, audio, "default").usd == pytest.approx(per_second * frames(5) / 24, rel=0.01)


def test_flex_costs_half() -> None:
    default, flex = (cost("720p", "1:1", 8, audio=True, tier=tier) for tier in ("default", "flex"))
    assert flex.usd == pytest.approx(default.usd / 2, abs=1e-6)
    assert flex.tokens == default.tokens


def test_adaptive_selects_the_nearest_listed_ratio() -> None:
    assert [nearest_ratio("720p", width, 1000) for width in (2400, 2000, 1500, 1100, 800, 600)] == [
        "21:9",
        "16:9",
        "4:3",
        "1:1",
        "3:4",
        "9:16",
    ]


@pytest.mark.parametrize(("charge", "expected"), [("success", [None, True, False]), ("accept", [True, True, True])])
def test_a_task_is_charged_on_success_or_on_acceptance(charge: str, expected: list[bool | None]) -> None:
    client = SimulatorClient(charge=charge)
    client.created("outcome=never")
    client.created()
    client.created("outcome=moderated")
    client.wait(60)
    entries = client.simulator.ledger()
    assert [entry["charged"] for entry in entries] == expected
    charged = sum(entry["usd"] for entry in entries if entry["charged"])
    assert client.simulator.summary()["usd_charged"] == pytest.approx(charged)


def test_rejections_are_counted_by_reason() -> None:
    client = SimulatorClient()
    for words in ("create=balance:always", "create=drop", "create=typo", "create=balance:always"):
        client.create(words)
    summary = client.simulator.summary()
    assert summary["refused"] == {"fault balance": 2, "fault drop": 1, "INVALID_REQUEST_BODY": 1}
    assert (summary["posts"], summary["accepted"]) == (4, 0)
