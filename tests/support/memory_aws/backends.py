"""The replacements for AWS side by side: in memory, as in the simulation, moto, and for DynamoDB the local service's own tables."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws.dynamodb.service import DynamoDB
from local.state.database import Database
from tests.support.makers import OwnedClock
from tests.support.memory_aws.dynamodb import MemoryDynamoDB
from tests.support.memory_aws.messaging import MemorySecrets, MemorySns
from tests.support.memory_aws.s3 import MemoryS3
from tests.support.memory_aws.session import MemoryAws, Send, session_over, table_of
from tests.support.memory_aws.step_functions import MemoryStepFunctions
from tests.support.moto_world import moto, world_in_moto
from tests.support.stored_dynamodb import app_over, over_wire
from tests.support.world import creation_of, template_resources

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:videos"
# With by_tenant, which shows whole records.
ALL_INDEXES = "both"
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
    spend: str = "spend"  # its key has two parts


def memory_backend() -> Backend:
    now = OwnedClock().seconds
    tables = {
        "videos": table_of(template_resources(ALL_INDEXES)["VideosTable"], "videos", now),
        "keys": table_of(template_resources()["KeysTable"], "keys", now),
        "spend": table_of(template_resources()["SpendTable"], "spend", now),
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
    world = world_in_moto(OwnedClock(), ALL_INDEXES)
    full = world.secrets.create_secret(Name=f"{world.name}-full", SecretString="upstream-key")["ARN"]
    empty = world.secrets.create_secret(Name=f"{world.name}-empty")["ARN"]
    topic = world.sns.create_topic(Name=world.name)["TopicArn"]
    clients = (world.dynamodb, world.s3, world.sfn, world.sns, world.secrets)
    return Backend(*clients, world.videos_table, world.bucket, world.state_machine(), topic, full, empty, world.spend_table)


def stored_backend() -> Backend:
    """Return the tables of the local service, in a database of their own; it has no other services."""
    app = app_over(DynamoDB(Database(None)))
    _served[:] = [over_wire(app)]
    client = _stored_client()
    for name, resource in (("videos", "VideosTable"), ("keys", "KeysTable"), ("spend", "SpendTable")):
        client.create_table(TableName=name, **creation_of(template_resources(ALL_INDEXES)[resource]["Properties"]))
    return Backend(client, None, None, None, None)


# As above, for the tables of the local service.
_served: list[Send] = []


@cache
def _stored_client() -> Any:
    return session_over(lambda *request: _served[-1](*request)).client("dynamodb")


@pytest.fixture(name="aws", params=["moto", "memory", "stored"])
def any_tables(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Run the test against every DynamoDB."""
    match request.param:
        case "memory":
            yield memory_backend()
        case "stored":
            yield stored_backend()
        case _:
            with moto():
                yield moto_backend()


@pytest.fixture(name="strict", params=["memory", "stored"])
def strict_tables(request: pytest.FixtureRequest) -> Backend:
    """Run the test against those that know a rule of DynamoDB that moto does not."""
    return memory_backend() if request.param == "memory" else stored_backend()


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
