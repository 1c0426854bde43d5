"""A world whose AWS lies in memory: hundreds of walks through moto would take minutes. Contract tests hold both to the same rules."""

from typing import Any

from tests.conftest import World, _template
from tests.fake_upstream import KEY
from tests.makers import Meddled, OwnedClock
from tests.simulation.memory_aws import MemoryAws, session_over, table_of
from tests.simulation.memory_dynamodb import MemoryDynamoDB
from tests.simulation.memory_messages import MemorySecrets, MemorySns
from tests.simulation.memory_s3 import MemoryS3
from tests.simulation.memory_stepfunctions import MemoryStepFunctions

NAME = "faults"
SECRET = "upstream"  # noqa: S105 - its name


def world_in_memory(clock: OwnedClock) -> World:
    """The tables and the bucket of template.yaml, and the upstream's key under SECRET."""
    tables = {f"{NAME}-videos": table_of(_template()["VideosTable"], f"{NAME}-videos", clock.seconds)}
    aws = MemoryAws(
        MemoryDynamoDB(tables),
        MemoryS3(f"{NAME}-bucket"),
        MemoryStepFunctions("any", clock.seconds),
        MemorySns("any"),
        MemorySecrets(**{SECRET: KEY}),
    )
    session = session_over(aws.answer)
    dynamodb: Any = Meddled(session.client("dynamodb"), create_table=_exists)
    s3: Any = Meddled(session.client("s3"), create_bucket=_exists)
    return World(clock, NAME, dynamodb, s3, session.client("stepfunctions"), session.client("secretsmanager"), session.client("sns"))


def _exists(real: Any, **description: Any) -> None:
    """What a world makes lies in memory already."""
