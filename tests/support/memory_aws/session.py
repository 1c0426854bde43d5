"""AWS in memory, below the client: boto3 serialises, validates, signs, retries and parses as usual.

botocore emits `before-send.<service>.<operation>` with the request that is about to go over the wire; what a handler answers
is taken for the service's answer. So every call of every service passes one function, whatever the product calls.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from local.aws.dynamodb.schema import schema_of
from local.aws.errors import AwsError
from tests.support.memory_aws.dynamodb import MemoryDynamoDB
from tests.support.memory_aws.messaging import MemorySecrets, MemorySns
from tests.support.memory_aws.responses import json_answer, json_error, query_error, xml_error
from tests.support.memory_aws.s3 import MemoryS3
from tests.support.memory_aws.step_functions import MemoryStepFunctions
from tests.support.memory_aws.table import Index, Table

REGION = "us-east-1"
Send = Callable[[str, str, AWSPreparedRequest], AWSResponse]

# The services, by their names in botocore's events.
_ERRORS = {"dynamodb": json_error, "sfn": json_error, "secrets-manager": json_error, "sns": query_error, "s3": xml_error}


def error_answer(service: str, error: AwsError) -> AWSResponse:
    """Return an error in the service's own format."""
    return _ERRORS[service](error)


@dataclass
class MemoryAws:
    """The services that the product uses."""

    dynamodb: MemoryDynamoDB
    s3: MemoryS3
    stepfunctions: MemoryStepFunctions
    sns: MemorySns
    secrets: MemorySecrets
    refused: Counter[str] = field(default_factory=Counter)  # by service and code

    def answer(self, service: str, operation: str, request: AWSPreparedRequest) -> AWSResponse:
        """Answer one request; anything that is not modelled raises NotImplementedError."""
        try:
            match service:
                case "dynamodb":
                    return json_answer(self.dynamodb.answer(operation, parameters(request)))
                case "sfn":
                    return json_answer(self.stepfunctions.answer(operation, parameters(request)))
                case "secrets-manager":
                    return json_answer(self.secrets.answer(operation, parameters(request)))
                case "sns":
                    return self.sns.answer(operation, request)
                case "s3":
                    return self.s3.answer(operation, request)
        except AwsError as error:
            self.refused[f"{service}: {_described(error)}"] += 1
            return error_answer(service, error)
        raise NotImplementedError(service)


def _described(error: AwsError) -> str:
    """Return an error's code, and why a transaction was cancelled."""
    reasons = {reason["Code"] for reason in error.fields.get("CancellationReasons", ())} - {"None"}
    return " ".join([error.code.rpartition("#")[2], *sorted(reasons)])


def parameters(request: AWSPreparedRequest) -> dict[str, Any]:
    """Return a body from the wire, or as passed by the fast client."""
    parameters: dict[str, Any] = request.body if isinstance(request.body, dict) else json.loads(request.body)  # type: ignore[arg-type]
    return parameters


def session_over(send: Send) -> boto3.session.Session:
    """Return a boto3 session whose clients send all requests to `send`, with service and operation."""
    session = boto3.session.Session(aws_access_key_id="memory", aws_secret_access_key="memory", region_name=REGION)  # noqa: S106

    def answer(request: AWSPreparedRequest, event_name: str, **rest: Any) -> AWSResponse:
        _, service, operation = event_name.split(".")
        return send(service, operation, request)

    session.events.register_first("before-send", answer)  # type: ignore[arg-type]
    # Otherwise a tenth of each call's time goes into a user agent that nobody reads.
    session._session.set_default_client_config(Config(user_agent="memory"))
    return session


def table_of(resource: dict[str, Any], name: str, now: Callable[[], float]) -> Table:
    """Create a table from the AWS::DynamoDB::Table of a template."""
    schema = schema_of({**resource["Properties"], "TableName": name})
    return Table(name, schema.keys, tuple(Index(**vars(index)) for index in schema.indexes.values()), now)
