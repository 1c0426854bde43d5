"""The two replacements for AWS side by side: in memory, as in the simulation, and moto."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.makers import OwnedClock
from tests.support.memory_aws.dynamodb import MemoryDynamoDB
from tests.support.memory_aws.messaging import MemorySecrets, MemorySns
from tests.support.memory_aws.s3 import MemoryS3
from tests.support.memory_aws.session import MemoryAws, session_over, table_of
from tests.support.memory_aws.step_functions import MemoryStepFunctions
from tests.support.moto_world import moto, world_in_moto
from tests.support.world import template_resources

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:videos"
TOPIC = "arn:aws:sns:us-east-1:123456789012:events"


@dataclass
class Backend:
    """Clients of one AWS, and the names of its resources."""

    dynamodb: Any
    s3: Any
    sfn: Any
    sns: Any
    secrets: Any
    table: str = "videos"
    bucket: str = "bucket"
    machine: str = MACHINE
    topic: str = TOPIC
    secret: str = "full"  # noqa: S105
    empty_secret: str = "empty"  # noqa: S105


def memory_backend() -> Backend:
    now = OwnedClock().seconds
    tables = {
        "videos": table_of(template_resources()["VideosTable"], "videos", now),
        "keys": table_of(template_resources()["KeysTable"], "keys", now),
    }
    sns, secrets = MemorySns(TOPIC), MemorySecrets(full="upstream-key", empty=None)
    _present.append(MemoryAws(MemoryDynamoDB(tables), MemoryS3("bucket"), MemoryStepFunctions(MACHINE, now), sns, secrets))
    return Backend(*_clients())


# Creating clients takes longer than most tests, so those of memory are created once and speak to the latest one.
_present: list[MemoryAws] = []


@cache
def _clients() -> list[Any]:
    session = session_over(lambda *request: _present[-1].answer(*request))
    return [session.client(name) for name in ("dynamodb", "s3", "stepfunctions", "sns", "secretsmanager")]  # type: ignore[call-overload]  # the stubs know only written names


def moto_backend() -> Backend:
    world = world_in_moto(OwnedClock())
    full = world.secrets.create_secret(Name=f"{world.name}-full", SecretString="upstream-key")["ARN"]
    empty = world.secrets.create_secret(Name=f"{world.name}-empty")["ARN"]
    topic = world.sns.create_topic(Name=world.name)["TopicArn"]
    clients = (world.dynamodb, world.s3, world.sfn, world.sns, world.secrets)
    return Backend(*clients, world.videos_table, world.bucket, world.state_machine(), topic, full, empty)


@pytest.fixture(name="aws", params=["moto", "memory"])
def either_aws(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Run the test against both."""
    if request.param == "memory":
        yield memory_backend()
        return
    with moto():
        yield moto_backend()


def text(value: str) -> dict[str, str]:
    """Return a string in DynamoDB's format."""
    return {"S": value}


def number(value: int) -> dict[str, str]:
    """Return a number in DynamoDB's format."""
    return {"N": str(value)}


def code_of(call: Callable[..., Any], **arguments: Any) -> str:
    """Return the error code of a refused call."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    code: str = caught.value.response["Error"]["Code"]
    return code
