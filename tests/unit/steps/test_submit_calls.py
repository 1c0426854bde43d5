"""Submit's AWS calls, in order: each one costs time, money and a place where it may break."""

from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.steps.submit import PROMPT
from cliprelay.video.states import Status
from tests.support.fake_upstream import FakeUpstream
from tests.support.makers import NOW, Meddled, any_video
from tests.support.recorded_calls import calls_of
from tests.support.submitting import read_back, submit, upstream_key, video_with_faults

if TYPE_CHECKING:
    from tests.support.world import World

READ, CLAIM, EVIDENCE = "BatchGetItem", "TransactWriteItems", "TransactWriteItems"


def _calls(world: "World", faults: str = "", during: Any = None, table: Any = None) -> list[str]:
    """Return the calls of a sandbox that knows the upstream's key, in a deployment whose controls have been written."""
    world.put(video_with_faults(faults) if faults else any_video())
    upstream_key(world)()
    world.controls.mirror()
    with calls_of(world) as calls:
        submit(world, FakeUpstream(during=during) if during else FakeUpstream(), table=table)
    return calls


def test_a_paid_video_needs_a_read_a_claim_and_a_move_with_its_evidence(world: "World") -> None:
    assert _calls(world) == [READ, CLAIM, EVIDENCE]
    assert read_back(world).status is Status.RUNNING


def test_a_new_sandbox_reads_the_key_once(world: "World") -> None:
    world.put(any_video())
    key = upstream_key(world)
    world.controls.mirror()
    with calls_of(world) as calls:
        submit(world, FakeUpstream(), key=key)
    assert calls == [READ, "GetSecretValue", CLAIM, EVIDENCE]


def test_a_lost_claim_is_the_last_call(world: "World") -> None:
    def overtaken(real: Any, **kwargs: Any) -> Any:
        world.dynamodb.update_item(
            TableName=world.videos_table,
            Key={"id": {"S": any_video().id}},
            UpdateExpression="SET claim = :other, #status = :submitting",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":other": {"S": "another"}, ":submitting": {"S": "submitting"}},
        )
        return real(**kwargs)

    overtake = world.videos_over(Meddled(world.dynamodb, transact_write_items=overtaken))
    assert _calls(world, table=overtake) == [READ, "UpdateItem", CLAIM]
    assert read_back(world).claim == "another"


def test_a_claim_that_took_long_is_read_again(world: "World") -> None:
    def slowly(real: Any, **kwargs: Any) -> Any:
        world.clock.advance(PROMPT.total_seconds() + 0.1)
        return real(**kwargs)

    assert _calls(world, table=world.videos_over(Meddled(world.dynamodb, transact_write_items=slowly))) == [
        READ,
        CLAIM,
        "GetItem",
        EVIDENCE,
    ]


@pytest.mark.parametrize(
    ("faults", "status"),
    [("create=moderation", Status.FAILED), ("create=429:7", Status.QUEUED), ("create=drop", Status.UNCONFIRMED)],
    ids=["refused", "not accepted", "outcome unknown"],
)
def test_an_answer_without_a_task_is_one_move(world: "World", faults: str, status: Status) -> None:
    assert _calls(world, faults) == [READ, CLAIM, "UpdateItem"]
    assert read_back(world).status is status


def test_evidence_is_stored_alone_and_moved_after_it_if_the_state_has_changed_meanwhile(world: "World") -> None:
    def meanwhile() -> None:
        world.videos.move(read_back(world), Status.UNCONFIRMED, NOW)

    calls = _calls(world, during=meanwhile)
    # Of the two moves, the first is from the state that the claim left.
    assert calls == [READ, CLAIM, "GetItem", "UpdateItem", EVIDENCE, EVIDENCE, "UpdateItem", "UpdateItem"]
    assert (read_back(world).status, read_back(world).upstream_id) == (Status.RUNNING, "task-1")


def test_evidence_whose_response_was_lost_is_recognised_and_not_stored_again(world: "World") -> None:
    def lost(real: Any, **kwargs: Any) -> Any:
        answer = real(**kwargs)
        return real(**kwargs) if ":set_upstream_id" in repr(kwargs) else answer

    calls = _calls(world, table=world.videos_over(Meddled(world.dynamodb, transact_write_items=lost)))
    assert calls == [READ, CLAIM, EVIDENCE, EVIDENCE]
    assert (read_back(world).status, read_back(world).upstream_id) == (Status.RUNNING, "task-1")


def test_a_paused_deployment_costs_two_reads_and_a_note(world: "World") -> None:
    world.controls.pause(NOW)
    assert _calls(world) == [READ, "GetItem", "UpdateItem"]
