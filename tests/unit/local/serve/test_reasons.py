"""The reason that the service prints is the one that the product has stored in the record."""

from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.states import Status
from local.serve.reasons import Reasons
from tests.support.makers import any_video

if TYPE_CHECKING:
    from tests.support.world import World

ID = "vid_01KAN3J9M4S9A5XH7W2T0QZ8RA"


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ({"status": Status.QUEUED, "waiting_for": "upstream_key"}, "upstream_key"),
        ({"status": Status.QUEUED}, ""),
        ({"status": Status.RUNNING, "waiting_for": "upstream_key"}, ""),
        ({"status": Status.FAILED, "error": {"code": "moderated", "message": "any"}}, "moderated"),
    ],
)
def test_the_reason_is_that_of_the_record(stored: dict[str, Any], reason: str, world: "World") -> None:
    world.put(any_video(id=ID, **stored))
    reasons = Reasons(lambda: world.dynamodb)
    assert reasons.of(ID) == ""
    reasons.table = world.videos_table
    assert reasons.of(ID) == reason
    assert reasons.of("vid_of_nobody") == ""


def test_a_table_that_does_not_answer_gives_no_reason(world: "World") -> None:
    reasons = Reasons(lambda: world.dynamodb)
    reasons.table = "not-there"
    assert reasons.of(ID) == ""
