"""A world over moto, for the tests that compare it with AWS in memory, which all others use because it is several times faster."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any

import boto3
from moto import mock_aws

from tests.support.makers import OwnedClock
from tests.support.world import World

_SERVICES = {"dynamodb": "dynamodb", "s3": "s3", "sfn": "stepfunctions", "secrets": "secretsmanager", "sns": "sns"}
_NUMBERS = count(1)


@contextmanager
def moto() -> Iterator[None]:
    """Replace AWS by moto inside the block."""
    aws = mock_aws(config={"stepfunctions": {"execute_state_machine": False}})
    # Nothing is reset: a service that another test runs in this process keeps its own moto data in the same place.
    aws.start(reset=False)
    try:
        yield
    finally:
        aws.stop(remove_data=False)


def world_in_moto(clock: OwnedClock, tenant_index: str = "lean") -> World:
    """Return a world with resources of its own; call it inside `moto`."""
    clients = {name: _client(service) for name, service in _SERVICES.items()}
    create_table = clients["dynamodb"].create_table
    return World(clock, f"moto-{next(_NUMBERS)}", **clients, tenant_index=tenant_index, create_table=create_table)


@cache
def _client(service: str) -> Any:
    session = boto3.session.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")  # noqa: S106 - moto checks none
    return session.client(service)  # type: ignore[call-overload]  # the stubs know only written names
