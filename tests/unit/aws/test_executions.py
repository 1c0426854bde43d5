"""Executions start once per run, and their state is read correctly."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.aws.executions import ExecutionState
from tests.support.makers import Meddled

if TYPE_CHECKING:
    from tests.support.world import World

VIDEO = "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB"


def test_an_execution_is_named_after_video_and_run_and_gets_nothing_else(world: "World") -> None:
    asked: dict[str, Any] = {}
    world.executions_over(Meddled(world.sfn, start_execution=lambda real, **kwargs: asked.update(kwargs))).start(VIDEO, 2)
    assert asked["name"] == f"{VIDEO}-2"
    assert json.loads(asked["input"]) == {"video_id": VIDEO, "run": 2}
    assert len(asked["name"]) <= 80


def test_an_execution_is_absent_then_running_then_closed(world: "World") -> None:
    executions = world.executions
    seen = [executions.state(VIDEO, 1)]
    executions.start(VIDEO, 1)
    seen.append(executions.state(VIDEO, 1))
    world.close(f"{VIDEO}-1")
    seen.append(executions.state(VIDEO, 1))
    assert seen == [ExecutionState.ABSENT, ExecutionState.RUNNING, ExecutionState.CLOSED]


@pytest.mark.parametrize("closed", [False, True])
def test_starting_the_same_run_again_is_harmless(world: "World", closed: bool) -> None:
    world.executions.start(VIDEO, 1)
    if closed:
        world.close(f"{VIDEO}-1")
    world.executions.start(VIDEO, 1)
    assert world.started() == [f"{VIDEO}-1"]


@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
def test_every_status_of_step_functions_is_running_or_closed(world: "World", status: str) -> None:
    executions = world.executions_over(Meddled(world.sfn, describe_execution=lambda real, **kwargs: {"status": status}))
    runs = status in ("RUNNING", "PENDING_REDRIVE")
    assert executions.state(VIDEO, 1) is (ExecutionState.RUNNING if runs else ExecutionState.CLOSED)


@pytest.mark.parametrize("code", ["ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded"])
def test_the_state_is_unknown_while_step_functions_throttles_the_question(world: "World", code: str) -> None:
    def throttle(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": code}}, "any")

    executions = world.executions_over(Meddled(world.sfn, describe_execution=throttle))
    assert executions.state(VIDEO, 1) is ExecutionState.UNKNOWN


def test_an_unavailable_service_is_an_error(world: "World") -> None:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "InternalServerException"}}, "any")

    executions = world.executions_over(Meddled(world.sfn, start_execution=fail, describe_execution=fail))
    with pytest.raises(ClientError):
        executions.start(VIDEO, 1)
    with pytest.raises(ClientError):
        executions.state(VIDEO, 1)
