"""A deployment: what its stack says, the next command to type, and where its logs are."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from operate.deployment import Deployment
from operate.errors import CommandError

if TYPE_CHECKING:
    from tests.support.world import World


def _deployment(name: str, **options: Any) -> Deployment:
    session = boto3.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")  # noqa: S106 - moto asks for none
    return Deployment(session, name, **{"flags": []} | options)


@pytest.fixture
def world(moto_world: "World") -> "World":
    """Return one in moto, for CloudFormation."""
    return moto_world


@pytest.fixture
def made(world: "World") -> Deployment:
    template = {
        "Parameters": {"RetentionDays": {"Type": "String"}, "Empty": {"Type": "String", "Default": ""}},
        "Resources": {"PollLogGroup": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"{world.name}-log"}}},
        "Outputs": {"VideosTableName": {"Value": "videos"}},
    }
    deployment = _deployment(world.name, flags=["--stack", world.name, "--region", "us-east-1"])
    given = [{"ParameterKey": "RetentionDays", "ParameterValue": "7"}]
    deployment.client("cloudformation").create_stack(StackName=world.name, TemplateBody=json.dumps(template), Parameters=given)
    return deployment


def test_outputs_and_parameters_are_those_of_the_stack(made: Deployment) -> None:
    assert made.output("VideosTableName") == "videos"
    assert (made.parameter("RetentionDays"), made.parameter("Empty"), made.parameter("Unknown")) == ("7", None, None)


def test_a_missing_output_and_a_missing_stack_are_named(made: Deployment, world: "World") -> None:
    with pytest.raises(CommandError, match=f"stack {world.name} in us-east-1 has no output KeysTableName"):
        made.output("KeysTableName")
    with pytest.raises(CommandError, match=f"there is no stack {world.name}-other in us-east-1"):
        _deployment(f"{world.name}-other").output("VideosTableName")


def test_the_next_command_names_the_same_place(made: Deployment, world: "World") -> None:
    assert made.command("videos list").endswith(f"-m operate videos list --stack {world.name} --region us-east-1")
    assert _deployment("x").command("videos list").endswith("-m operate videos list")
    assert _deployment("x", flags=["--stack", "a b"]).command("keys").endswith("--stack 'a b'")


def test_a_client_is_made_once(made: Deployment) -> None:
    assert made.client("dynamodb") is made.client("dynamodb")


def test_the_log_of_a_step_is_searched_in_its_group_or_not_at_all(made: Deployment, world: "World") -> None:
    search = made.log_search("Poll", "vid_1")
    assert search == f"aws logs filter-log-events --log-group-name {world.name}-log --filter-pattern '\"vid_1\"' --region us-east-1"
    assert made.log_search("Submit", "vid_1") is None


def test_on_this_machine_the_log_is_a_file(tmp_path: Path) -> None:
    local = _deployment("cliprelay", endpoint="http://127.0.0.1:4566", logs=str(tmp_path))
    assert local.log_search("Poll", "vid_1") == f"grep vid_1 {tmp_path}/PollFunction.log"
    assert _deployment("cliprelay", endpoint="http://127.0.0.1:4566").log_search("Poll", "vid_1") is None
    assert (local.is_local, str(local)) == (True, "the local service at http://127.0.0.1:4566")
