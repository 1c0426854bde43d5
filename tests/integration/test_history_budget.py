"""The polls, transitions and history events of a video, with the real steps and state machine on a virtual clock."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from cliprelay.media.bucket import MediaBucket
from cliprelay.upstream.contract import Task
from cliprelay.video.states import Status
from tests.support.makers import Meddled
from tests.support.video_walk import MINUTE, AgedLinks, SlowUpstream, travel
from tests.support.world import World

HOUR = 3_600
# Step Functions' limit of events in an execution's history.
HISTORY_QUOTA = 25_000


@pytest.mark.parametrize(
    ("name", "seconds", "failing", "settings", "polls", "events"),
    [
        ("60 s", MINUTE, 0, {}, 6, 80),
        ("72 h flex", 72 * HOUR, 0, {"service_tier": "flex", "execution_expires_after": 259_200}, 55, 550),
        ("72 h default, every third poll failing", 72 * HOUR, 3, {"execution_expires_after": 259_200}, 1_000, 15_000),
    ],
)
def test_a_video_stays_within_its_history_budget(
    world: World, name: str, seconds: int, failing: int, settings: dict[str, Any], polls: int, events: int
) -> None:
    upstream = SlowUpstream(world.clock, seconds, failing)
    walked = travel(world, upstream, **settings)
    late = world.clock() - upstream.done
    figures = f"{upstream.polls} polls, {walked.transitions} transitions, {walked.events} events, {late} late"
    print(f"\n{name}: {figures}")  # noqa: T201 - docs/money.md quotes the figures; pytest -s shows them
    assert walked.ended == "Succeed"
    assert walked.output["status"] == Status.SUCCEEDED
    assert upstream.polls <= polls
    assert walked.events <= events < HISTORY_QUOTA


def test_a_failing_step_is_retried_until_it_works(world: World) -> None:
    upstream = SlowUpstream(world.clock, MINUTE)
    healthy = upstream.task
    broken_until = world.clock() + timedelta(hours=6)

    def task(task_id: str) -> Task:
        if world.clock() < broken_until:
            raise RuntimeError("a fault of ours")
        return healthy(task_id)

    upstream.task = task  # type: ignore[method-assign]
    walked = travel(world, upstream)
    assert walked.output["status"] == Status.SUCCEEDED
    assert walked.visits["PollAgain"] >= 300


def test_a_video_is_saved_after_a_bucket_outage_of_more_than_a_day(world: World) -> None:
    back = world.clock() + timedelta(hours=25)

    def down(real: Any, **kwargs: Any) -> Any:
        if world.clock() < back:
            world.clock.advance(4 * MINUTE)  # it hangs first
            raise EndpointConnectionError(endpoint_url="https://bucket.example.com")
        return real(**kwargs)

    store = MediaBucket(Meddled(world.s3, head_object=down, put_object=down), world.bucket)  # type: ignore[arg-type]  # a client all the same
    links = AgedLinks()
    walked = travel(world, SlowUpstream(world.clock, MINUTE), store=store, downloader=links)
    assert (walked.output["status"], links.asked) == (Status.SUCCEEDED, 2)
    assert walked.visits["ArchiveAgain"] >= 300
