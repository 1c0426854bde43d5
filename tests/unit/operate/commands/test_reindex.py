"""`python -m operate videos reindex`."""

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import boto3
import pytest

from cliprelay.steps.sweep_listing import AFTER, SEEN_AT, SINCE
from cliprelay.video.listing import LISTED_AT, SWEEP
from operate.main import main

if TYPE_CHECKING:
    from tests.support.world import World

Operate = Callable[..., tuple[int, str, str]]

# Loading boto3's models into a new session takes longer than a test.
SESSION = cache(boto3.Session)


@pytest.fixture
def operate(world: "World", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operate:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("boto3.Session", SESSION)
    resources = {"Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"{world.name}-log"}}}
    template = {"Resources": resources, "Outputs": {"VideosTableName": {"Value": world.videos_table}}}
    boto3.client("cloudformation", region_name="us-east-1").create_stack(StackName=world.name, TemplateBody=json.dumps(template))

    def run(*words: str) -> tuple[int, str, str]:
        status = main([*words, "--stack", world.name])
        return status, *capsys.readouterr()

    return run


def test_the_sweep_looks_at_all_records_again_and_one_under_way_cannot_prevent_it(world: "World", operate: Operate) -> None:
    lease = world.sweep_lease()
    assert lease.take(None, world.clock())
    world.change(SWEEP, **{SINCE: 1, SEEN_AT: 2, AFTER: "vid_1", LISTED_AT: 3})
    status, out, _ = operate("videos", "reindex")
    assert (status, "20 minutes" in out) == (0, True)
    lease.findings = {SEEN_AT: 4, LISTED_AT: 4}
    lease.release()
    assert world.item(SWEEP).keys() == {"id", "held_until", SINCE}


def test_a_table_that_was_never_swept_has_nothing_to_forget(world: "World", operate: Operate) -> None:
    assert operate("videos", "reindex")[0] == 0
    assert world.item(SWEEP) == {"id": SWEEP}
