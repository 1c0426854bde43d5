"""The rights that a recorded call needs; a call is not always named as its right is.

Source: the service authorization reference, https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from local.account import ACCOUNT_ID, REGION
from tests.permissions.requests import attributes_of, parts_of
from tests.permissions.roles import Need, arn

Parameters = Mapping[str, Any]

# Every request of the product uses TLS, and so do its presigned URLs.
_TLS = {"aws:SecureTransport": ["true"]}
_PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


@dataclass(frozen=True)
class Call:
    """A call, or a signature for one that somebody else will make; resources are named by their logical ids."""

    function: str
    service: str
    operation: str
    parameters: Parameters
    signed: bool = False

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}{' (signed)' if self.signed else ''}"


def needs(call: Call) -> list[Need]:
    """Return all rights that a call needs; NotImplementedError if the action is not in the tables of this module."""
    if call.service not in _SERVICES:
        raise NotImplementedError(f"the rights of {call}")
    return list(_SERVICES[call.service](call))


def _dynamodb(call: Call) -> Iterator[Need]:
    for kind, request in parts_of(call.operation, call.parameters):
        action = _PARTS.get(kind, kind)
        if action not in (*_PARTS.values(), "BatchGetItem", "GetItem", "Query", "Scan"):
            raise NotImplementedError(f"the rights of {call}")
        table = arn("AWS::DynamoDB::Table", request["TableName"])
        resource = f"{table}/index/{request['IndexName']}" if "IndexName" in request else table
        yield Need(f"dynamodb:{action}", resource, {**_TLS, "dynamodb:Attributes": sorted(attributes_of(request))})


# Of S3, the actions on an object; a copy, a HEAD and a list follow below.
_ON_OBJECTS = {
    "GetObject": "GetObject",
    "PutObject": "PutObject",
    "DeleteObject": "DeleteObject",
    # The form that a client fills in: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
    "PostObject": "PutObject",
}
# Parameters of a put that need a right of their own.
_FURTHER_RIGHTS = {"Tagging": "s3:PutObjectTagging", "ACL": "s3:PutObjectAcl"}


def _s3(call: Call) -> Iterator[Need]:
    bucket = arn("AWS::S3::Bucket", call.parameters["Bucket"])
    match call.operation:
        case "ListObjectsV2":
            yield Need("s3:ListBucket", bucket, {**_TLS, "s3:prefix": [call.parameters.get("Prefix", "")]})
        case "ListObjectVersions":
            yield Need("s3:ListBucketVersions", bucket, {**_TLS, "s3:prefix": [call.parameters.get("Prefix", "")]})
        case "DeleteObject" if "VersionId" in call.parameters:
            yield _object("s3:DeleteObjectVersion", bucket, call.parameters["Key"])
        case "HeadObject":
            yield _object("s3:GetObject", bucket, call.parameters["Key"])
            # A HEAD of our own asks whether the object exists: without this right, S3 answers 403 instead of 404.
            if not call.signed:
                yield Need("s3:ListBucket", bucket, _TLS)
        case "CopyObject":
            # botocore has made a path of the source.
            source, _, key = unquote(call.parameters["CopySource"]).partition("/")
            yield _object("s3:GetObject", arn("AWS::S3::Bucket", source), key)
            yield _object("s3:PutObject", bucket, call.parameters["Key"])
        case operation if operation in _ON_OBJECTS:
            yield _object(f"s3:{_ON_OBJECTS[operation]}", bucket, call.parameters["Key"])
        case _:
            raise NotImplementedError(f"the rights of {call}")
    for name, action in _FURTHER_RIGHTS.items():
        if name in call.parameters:
            yield _object(action, bucket, call.parameters["Key"])


def _object(action: str, bucket: str, key: str) -> Need:
    return Need(action, f"{bucket}/{key}", _TLS)


def _stepfunctions(call: Call) -> Iterator[Need]:
    match call.operation:
        case "StartExecution":
            yield Need("states:StartExecution", call.parameters["stateMachineArn"], _TLS)
        case "DescribeExecution" | "StopExecution":
            yield Need(f"states:{call.operation}", call.parameters["executionArn"], _TLS)
        case _:
            raise NotImplementedError(f"the rights of {call}")


def _secretsmanager(call: Call) -> Iterator[Need]:
    if call.operation != "GetSecretValue":
        raise NotImplementedError(f"the rights of {call}")
    # A name is as good as an ARN; the simulation has names.
    secret = call.parameters["SecretId"]
    yield Need("secretsmanager:GetSecretValue", secret if ":" in secret else arn("AWS::SecretsManager::Secret", secret), _TLS)


def _named(prefix: str, action: str, parameter: str) -> Callable[[Call], Iterator[Need]]:
    """Return the rule of a service of which the product calls one action, on the resource that a parameter names."""

    def rights(call: Call) -> Iterator[Need]:
        if call.operation != action:
            raise NotImplementedError(f"the rights of {call}")
        yield Need(f"{prefix}:{action}", call.parameters[parameter], _TLS)

    return rights


_SERVICES: Mapping[str, Callable[[Call], Iterator[Need]]] = {
    "dynamodb": _dynamodb,
    "s3": _s3,
    "stepfunctions": _stepfunctions,
    "sns": _named("sns", "Publish", "TopicArn"),
    "sqs": _named("sqs", "SendMessage", "QueueUrl"),
    "secretsmanager": _secretsmanager,
}

# The parameters that name a resource, or hold a request that does.
NAMING = {
    *("TableName", "Bucket", "CopySource", "stateMachineArn", "executionArn", "TopicArn", "QueueUrl", "SecretId"),
    *("TransactItems", "Put", "Update", "Delete", "ConditionCheck", "RequestItems"),
}

_LOCAL_NAME = re.compile(r"cliprelay-(\w+)-local(?:-\w{6})?", re.IGNORECASE)
# A queue is named by its URL.
_QUEUE_URL = re.compile(r"https?://[^/]+/\d+/(\w+)")


def by_logical_ids(value: Any, names: Mapping[str, str]) -> Any:
    """Replace the local names of resources in the parameters of a call by logical ids; `names` finds them by lower-case local name.

    A batch has its tables as keys.
    """
    if isinstance(value, dict):
        return {_logical(key, names): by_logical_ids(inner, names) if key in NAMING else inner for key, inner in value.items()}
    if isinstance(value, list):
        return [by_logical_ids(inner, names) for inner in value]
    if not isinstance(value, str):
        return value
    found = _logical(value, names)
    return _QUEUE_URL.sub(lambda match: f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{match[1]}", found)


def _logical(text: str, names: Mapping[str, str]) -> str:
    return _LOCAL_NAME.sub(lambda match: names[match[1].lower()] + ("-abcdef" if ":secret:" in text else ""), text)
