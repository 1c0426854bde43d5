"""One AWS account in memory for all worlds of a test process; what a world creates has a name of its own."""

import time
from functools import cache
from typing import Any

from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from tests.support.memory_aws.dynamodb import MemoryDynamoDB
from tests.support.memory_aws.messaging import MemorySecrets, MemorySns
from tests.support.memory_aws.responses import json_answer
from tests.support.memory_aws.s3 import MemoryS3
from tests.support.memory_aws.session import MemoryAws, parameters, session_over, table_of
from tests.support.memory_aws.step_functions import Execution, MemoryStepFunctions
from tests.support.memory_aws.table import Table

Json = dict[str, Any]
_MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:{name}"


class MemoryAccount:
    """The services of `MemoryAws` with any number of tables and state machines, created by requests."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}
        self._machines: dict[str, MemoryStepFunctions] = {}
        self._dynamodb, self._s3, self._sns, self._secrets = MemoryDynamoDB(self._tables), MemoryS3(), MemorySns(), MemorySecrets()

    def table(self, name: str) -> Table:
        """Return a table, whose indexes a test changes as deployments do."""
        return self._tables[name]

    def answer(self, service: str, operation: str, request: AWSPreparedRequest) -> AWSResponse:
        """Answer one request; anything that is not modelled raises NotImplementedError."""
        match operation:
            case "CreateTable":
                return json_answer(self.create_table(**parameters(request)))
            case "CreateStateMachine":
                return json_answer(self._create_machine(parameters(request)["name"]))
            case "ListExecutions":
                machine = self._machines[parameters(request)["stateMachineArn"]]
                return json_answer({"executions": [_listed(machine.arn, each) for each in machine.executions.values()]})
        machine = self._machine(parameters(request)) if service == "sfn" else _NO_MACHINE
        return MemoryAws(self._dynamodb, self._s3, machine, self._sns, self._secrets).answer(service, operation, request)

    def create_table(self, **request: Any) -> Json:
        """Create a table as the operation does."""
        name = request["TableName"]
        self._tables[name] = table_of({"Properties": request}, name, time.time)
        return {"TableDescription": {"TableName": name, "TableStatus": "ACTIVE"}}

    def _create_machine(self, name: str) -> Json:
        arn = _MACHINE.format(name=name)
        self._machines[arn] = MemoryStepFunctions(arn, time.time)
        return {"stateMachineArn": arn, "creationDate": time.time()}

    def _machine(self, request: Json) -> MemoryStepFunctions:
        arn = request.get("stateMachineArn") or request["executionArn"].replace(":execution:", ":stateMachine:").rpartition(":")[0]
        return self._machines.get(arn, _NO_MACHINE)


_NO_MACHINE = MemoryStepFunctions(_MACHINE.format(name="none"), time.time)


def _listed(machine: str, execution: Execution) -> Json:
    known = {"executionArn": execution.arn, "stateMachineArn": machine, "name": execution.name}
    return {**known, "status": execution.status, "startDate": execution.started}


@cache
def client(service: str) -> Any:
    """Return a client of the process's account; creating one takes longer than most tests."""
    # Nobody checks signatures here, and a fifth of a call's time goes into them; URLs of objects need one.
    config = None if service == "s3" else Config(signature_version=UNSIGNED)
    return session_over(_account().answer).client(service, config=config)  # type: ignore[call-overload]  # the stubs know only written names


def table(name: str) -> Table:
    """Return a table of the process's account."""
    return _account().table(name)


def create_table(**request: Any) -> None:
    """Create a table of the process's account without a client, which is what most of a world's time would go into."""
    _account().create_table(**request)


@cache
def _account() -> MemoryAccount:
    return MemoryAccount()
