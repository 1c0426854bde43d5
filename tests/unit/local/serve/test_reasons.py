"""The reason that the service prints is the one that the product has stored in the record."""

from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video import table
from cliprelay.video.states import Status
from local.serve.reasons import QUEUES, Reason, Reasons
from tests.support.makers import any_video

if TYPE_CHECKING:
    from tests.support.world import World

ID = "vid_01KAN3J9M4S9A5XH7W2T0QZ8RA"


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ({"status": Status.QUEUED, "waiting_for": "upstream_key"}, Reason("upstream_key")),
        ({"status": Status.QUEUED}, Reason()),
        ({"status": Status.RUNNING, "waiting_for": "upstream_key"}, Reason()),
        ({"status": Status.FAILED, "error": {"code": "moderated", "message": "any"}}, Reason("moderated")),
        ({"status": Status.RUNNING, "misses": 3}, Reason(misses=3)),
        ({"status": Status.RUNNING, "failing_since": 1}, Reason(is_silent=True)),
        ({"status": Status.ARCHIVING, "copies": 2, "refusals": {"empty": 1, "cut": 2}}, Reason(copies=2, refusals=("cut", "empty"))),
    ],
)
def test_the_reason_is_that_of_the_record(stored: dict[str, Any], reason: Reason, world: "World") -> None:
    world.put(any_video(id=ID, **stored))
    reasons = Reasons(lambda: world.dynamodb)
    assert reasons.of(ID) == Reason()
    reasons.table = world.videos_table
    assert reasons.of(ID) == reason
    assert reasons.of("vid_of_nobody") == Reason()


def test_a_table_that_does_not_answer_gives_no_reason(world: "World") -> None:
    reasons = Reasons(lambda: world.dynamodb)
    reasons.table = "not-there"
    assert reasons.of(ID) == Reason()


def test_the_open_videos_are_those_that_still_need_work(world: "World") -> None:
    reasons = Reasons(lambda: world.dynamodb)
    assert reasons.count_open() == 0
    reasons.table = world.videos_table
    for number, due in enumerate(["due#7", "unconfirmed", None]):
        world.put(any_video(id=f"{ID[:-1]}{number}", due=due, due_at=due and 1))
    assert reasons.count_open() == 2


def test_every_queue_of_the_product_is_counted() -> None:
    assert sorted(QUEUES) == sorted(key for queue in table.QUEUES for key in table.keys_of(queue))


def test_a_template_without_the_table_has_no_open_videos(world: "World") -> None:
    reasons = Reasons(lambda: world.dynamodb)
    reasons.table = "not-there"
    assert reasons.count_open() == 0
