"""The counts behind docs/money.md: one video of 60 s through the real steps and the real state machine file."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from tests.support.video_walk import MINUTE, SlowUpstream, travel
from tests.support.world import World

MONEY = Path("docs/money.md").read_text()
SERVICES = {"DynamoDB": "DynamoDB", "S3": "S3", "SFN": "Step Functions", "SNS": "SNS"}
# The test makes the topic and the state machine itself.
NOT_THE_VIDEOS = {"SNS CreateTopic", "Step Functions CreateStateMachine"}


def rows(header: str) -> list[str]:
    """The rows of the one table that begins with this line."""
    (found,) = re.findall(rf"^\| {re.escape(header)}.*\n\|[ |-]+\n((?:\|.*\n)+)", MONEY, re.MULTILINE)
    return str(found).strip().split("\n")


@contextmanager
def counted(*clients: Any) -> Iterator[Counter[str]]:
    """Counts the calls of these clients by service and operation."""
    calls: Counter[str] = Counter()

    def note(model: Any, **_: Any) -> None:
        calls[f"{SERVICES[model.service_model.service_id]} {model.name}"] += 1

    for client in clients:
        client.meta.events.register("before-call", note)
    yield calls
    for client in clients:
        client.meta.events.unregister("before-call", note)


def test_a_60_s_video_takes_the_calls_that_the_costs_are_calculated_from(world: World) -> None:
    upstream = SlowUpstream(world.clock, MINUTE)
    with counted(world.dynamodb, world.s3, world.sfn, world.sns) as calls:
        walked = travel(world, upstream)
    assert f"| 60 s | {upstream.polls} | {walked.transitions} | {walked.events} |" in MONEY
    told = {name: int(count) for name, count in (row.strip("| ").split(" | ") for row in rows("calls for one video of 60 s"))}
    assert told == {name: count for name, count in calls.items() if name not in NOT_THE_VIDEOS}
    visits = {step.lower(): walked.visits[step] for step in ("Submit", "Poll", "Archive", "Notify")}
    listed = ", ".join(f"{step} {count}" for step, count in {"api": 1, **visits}.items())
    assert f"{1 + sum(visits.values())} Lambda invocations ({listed})" in MONEY


def test_the_parts_of_the_bill_add_up() -> None:
    *parts, total = (float(amount) for row in rows("part | per video") for amount in re.findall(r"\$(\d+\.\d\d)\*{0,2} \|$", row))
    # Each part is rounded to a cent.
    assert abs(sum(parts) - total) < len(parts) * 0.005


def test_the_monthly_bill_counts_the_alarms_and_the_secrets_of_the_template_and_adds_up() -> None:
    kinds = Counter(part["Type"] for part in yaml_parse(Path("template.yaml").read_text())["Resources"].values())
    monthly = rows("part | count")
    assert f"| alarms | {kinds['AWS::CloudWatch::Alarm']} at $0.10 | ${kinds['AWS::CloudWatch::Alarm'] * 0.1:.2f} |" in monthly
    assert f"| secrets | {kinds['AWS::SecretsManager::Secret']} at $0.40 | ${kinds['AWS::SecretsManager::Secret'] * 0.4:.2f} |" in monthly
    *parts, total = (float(amount) for row in monthly for amount in re.findall(r"\$(\d+\.\d\d)\*{0,2} \|$", row))
    assert abs(sum(parts) - total) < 0.05
