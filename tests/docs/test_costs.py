"""The sums of docs/money.md; tests/bench compares the counts behind them with the present ones."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.bench.calls import walked
from tests.bench.walk import WITH_POSTER
from tests.support.product_template import product_template
from tests.support.video_walk import MINUTE, SlowUpstream, travel
from tests.support.world import World

MONEY = Path("docs/money.md").read_text()


def rows(header: str) -> list[str]:
    """The rows of the one table that begins with this line."""
    (found,) = re.findall(rf"^\| {re.escape(header)}.*\n\|[ |-]+\n((?:\|.*\n)+)", MONEY, re.MULTILINE)
    return str(found).strip().split("\n")


# What 1,000 videos cost: the counts for one, as the table gives them, times the price for a thousand of each.
PRICES: dict[str, tuple[float, ...]] = {
    "Step Functions": (0.025,),
    "Lambda, time": (0.0166667,),
    "Lambda, requests": (0.0002,),
    # In MB, at the price of a GB; base64 makes four bytes of three.
    "Transfer, image to the upstream": (4 / 3 * 0.09,),
    "S3, storage": (0.023,),
    "DynamoDB, writes": (0.000625,),
    "DynamoDB, reads": (0.000125,),
    "SNS": (0.0005, 0.02),
    "X-Ray": (0.005,),
    "S3, requests": (0.005, 0.0004),
    "Secrets Manager": (0.005,),
    "KMS": (0.003,),
    "HTTP API": (0.001,),
    "Logs": (0.5 / 1000,),
}


def per_1000() -> dict[str, float]:
    """Return the dollars for 1,000 videos by part."""
    found = {}
    for row in rows("part | per video")[:-1]:
        part, counts, *_ = row.strip("| ").split(" | ")
        found[part] = sum(float(count) * price for count, price in zip(re.findall(r"\d+(?:\.\d+)?", counts), PRICES[part], strict=False))
    return found


def cents(dollars: float) -> str:
    """Round half a cent up, as people do, whatever the binary fraction is."""
    return f"${dollars + 1e-9:.2f}"


def amounts(header: str) -> dict[str, str]:
    """Return the last cell of each row by its first."""
    cells = [row.strip("| ").split(" | ") for row in rows(header)]
    return {row[0].strip("*"): row[-1].strip("* |") for row in cells}


def test_the_parts_of_the_bill_are_their_counts_times_their_prices_and_add_up() -> None:
    costs = per_1000()
    assert costs.keys() == PRICES.keys()
    sums = {part: cents(amount) for part, amount in costs.items()} | {"together": cents(sum(costs.values()))}
    assert amounts("part | per video") == sums


def test_two_interpreters_of_the_state_machine_enter_the_same_states_beside_the_loop(world: World) -> None:
    loop = {"Wait", "Poll", "Next"}
    other = {state: count for state, count in travel(world, SlowUpstream(world.clock, MINUTE)).visits.items() if state not in loop}
    assert other == {state: count for state, count in walked(WITH_POSTER).visits.items() if state not in loop}


@pytest.mark.parametrize(("megabytes", "dollars"), [(4, "$0.48"), (30, "$3.60")])
def test_the_upload_of_an_image_costs_its_size_as_base64(megabytes: int, dollars: str) -> None:
    assert f"${megabytes * 4 / 3 * 0.09:.2f}" == dollars
    (line,) = [line for line in MONEY.splitlines() if "as base64, which" in line]
    assert re.search(rf"{re.escape(dollars)} .{{0,60}}\b{megabytes} MB", line)


def test_pages_that_quote_the_sums_quote_those_of_the_tables() -> None:
    videos, month = amounts("part | per video")["together"], amounts("part | count")["together"]
    assert f"{videos} per 1,000 videos" in MONEY
    assert f"{month} a month" in MONEY
    assert f"{month} a month and {videos} per 1,000 videos" in Path("README.md").read_text()


def measured(call: str) -> set[str]:
    """Return the metrics that the code records by this call: the gauges of the sweep, or what occurs now and then."""
    sources = Path("layers/cliprelay/python/cliprelay").rglob("*.py")
    return {name for source in sources for name in re.findall(rf"\b{call}\(\s*\"(\w+)\"", source.read_text())}


def test_metrics_are_paid_for_each_month_or_when_they_occur() -> None:
    (always,) = [row for row in rows("part | count") if row.startswith("| metrics")]
    assert set(re.findall(r"`(\w+)`", always)) == measured("measure")
    assert f"| {len(measured('measure'))} at $0.30 | ${len(measured('measure')) * 0.3:.2f} |" in always
    (sometimes,) = [line for line in MONEY.splitlines() if line.startswith("Each of these metrics costs")]
    assert set(re.findall(r"`(\w+)`", sometimes)) == measured("count")


def test_the_monthly_bill_counts_the_alarms_and_the_secrets_of_the_template_and_adds_up() -> None:
    resources = product_template()["Resources"].values()
    kinds = Counter(part["Type"] for part in resources)
    alarms = [part["Properties"] for part in resources if part["Type"] == "AWS::CloudWatch::Alarm"]
    # An alarm on an expression costs as much as one alarm on each of its metrics.
    metrics = sum(sum("MetricStat" in query for query in alarm.get("Metrics", ())) or 1 for alarm in alarms)
    monthly = rows("part | count")
    assert f"| alarms | {len(alarms)}, on {metrics} metrics at $0.10 | ${metrics * 0.1:.2f} |" in monthly
    assert f"| secrets | {kinds['AWS::SecretsManager::Secret']} at $0.40 | ${kinds['AWS::SecretsManager::Secret'] * 0.4:.2f} |" in monthly
    *parts, total = (float(amount) for row in monthly for amount in re.findall(r"\$(\d+\.\d\d)\*{0,2} \|$", row))
    assert abs(sum(parts) - total) < 0.05
