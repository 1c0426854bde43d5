"""A world with AWS in memory, because hundreds of runs with moto would take minutes; contract tests compare the two."""

from typing import Any

from botocore import UNSIGNED
from botocore.config import Config

from tests.support.fake_upstream import KEY
from tests.support.makers import Meddled, OwnedClock
from tests.support.memory_aws.dynamodb import MemoryDynamoDB
from tests.support.memory_aws.messaging import MemorySecrets, MemorySns
from tests.support.memory_aws.s3 import MemoryS3
from tests.support.memory_aws.session import REGION, MemoryAws, session_over, table_of
from tests.support.memory_aws.step_functions import MemoryStepFunctions
from tests.support.world import World, template_resources

NAME = "faults"
BUCKET = f"{NAME}-bucket"
SECRET = "upstream"  # noqa: S105 - its name
# Work of botocore that AWS in memory does not need: a tenth of a call's time is the user agent, a fifth the signature.
_CONFIG = Config(user_agent="tests", parameter_validation=False)
_UNSIGNED = _CONFIG.merge(Config(signature_version=UNSIGNED))


def world_in_memory(clock: OwnedClock, s3: MemoryS3 | None = None) -> World:
    """Return AWS with the tables and the bucket of template.yaml, and the upstream's key under SECRET."""
    resources = {f"{NAME}-videos": "VideosTable", f"{NAME}-webhooks": "WebhooksTable", f"{NAME}-spend": "SpendTable"}
    tables = {name: table_of(template_resources()[resource], name, clock.seconds) for name, resource in resources.items()}
    machine = f"arn:aws:states:{REGION}:123456789012:stateMachine:{NAME}"
    stores = (MemoryDynamoDB(tables), s3 or MemoryS3(BUCKET), MemoryStepFunctions(machine, clock.seconds))
    aws = MemoryAws(*stores, MemorySns("any"), MemorySecrets(**{SECRET: KEY}))
    session = session_over(aws.answer)
    dynamodb: Any = Meddled(session.client("dynamodb", config=_UNSIGNED), create_table=_exists)
    bucket: Any = Meddled(session.client("s3", config=_CONFIG), create_bucket=_exists)
    executions: Any = Meddled(session.client("stepfunctions", config=_UNSIGNED), create_state_machine=_made(machine))
    return World(clock, NAME, dynamodb, bucket, executions, session.client("secretsmanager", config=_UNSIGNED), None)


def _made(machine: str) -> Any:
    return lambda real, **description: {"stateMachineArn": machine}


def _exists(real: Any, **description: Any) -> None:
    """Do nothing: AWS in memory has everything already."""
