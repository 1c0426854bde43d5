"""DynamoDB over HTTP: the form of answers and errors, and what is passed on."""

import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws.dynamodb.endpoint import App, with_tables
from local.aws.dynamodb.service import DynamoDB
from local.state.database import Database, StorageError
from tests.support.stored_dynamodb import app_over, ask, dynamodb_in
from tests.support.world import creation_of, template_resources

CREATION = {"TableName": "videos", **creation_of(template_resources()["VideosTable"]["Properties"])}


@pytest.fixture(name="app")
def app_with_a_table() -> Iterator[App]:
    with dynamodb_in(None) as (dynamodb, _):
        dynamodb.answer("CreateTable", CREATION)
        yield app_over(dynamodb)


def answer(app: App, operation: str, request: Any) -> tuple[int, Any]:
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    status, _, answered = ask(app, body, {"X-Amz-Target": f"DynamoDB_20120810.{operation}"})
    return status, json.loads(answered)


def code(app: App, operation: str, request: Any) -> str:
    status, answered = answer(app, operation, request)
    assert status == 400
    return str(answered["__type"]).rpartition("#")[2]


def test_an_answer_has_an_id_and_a_checksum(app: App) -> None:
    status, headers, body = ask(app, b"{}", {"X-Amz-Target": "DynamoDB_20120810.ListTables"})
    assert (status, json.loads(body)) == (200, {"TableNames": ["videos"]})
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert headers["x-amz-crc32"] == str(zlib.crc32(body))
    assert len(headers["x-amzn-RequestId"]) == 32


@pytest.mark.parametrize(
    "headers", [{}, {"X-Amz-Target": "AmazonSQS.SendMessage"}, {"X-Amz-Target": "DynamoDBStreams_20120810.ListStreams"}]
)
def test_requests_to_other_services_are_passed_on(headers: dict[str, str]) -> None:
    def others(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    with dynamodb_in(None) as (dynamodb, _):
        assert ask(with_tables(others, dynamodb), b"body", headers) == (200, {}, b"body")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff", b'{"a": "\\ud800"}', b'{"a": "\\uDEAD"}', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(app: App, body: bytes) -> None:
    assert code(app, "PutItem", body) == "SerializationException"


MALFORMED: list[tuple[str, Any]] = [
    ("GetItem", {"TableName": "videos"}),
    ("GetItem", {"TableName": "videos", "Key": "a"}),
    ("GetItem", {"TableName": 5, "Key": {"id": {"S": "a"}}}),
    ("GetItem", {"TableName": "videos", "Key": {"id": "a"}}),
    ("PutItem", {"TableName": "videos", "Item": {"id": {"S": "a"}, "n": {"N": 5}}}),
    ("PutItem", {"TableName": "videos", "Item": {"id": {"S": "a"}, "n": {"X": "5"}}}),
    ("PutItem", {"TableName": "videos", "Item": {"id": {"S": "a"}, "n": {"S": "5", "N": "5"}}}),
    ("PutItem", {"TableName": "videos", "Item": {"id": {"S": "a"}}, "ReturnValues": "ALL_NEW"}),
    ("PutItem", {"TableName": "videos", "Item": {"id": {"S": "a"}}, "ConditionExpression": ""}),
    ("Scan", {"TableName": "videos", "Limit": "5"}),
    ("Scan", {"TableName": "videos", "Limit": 0}),
    ("TransactWriteItems", {"TransactItems": []}),
    ("TransactWriteItems", {"TransactItems": ["a"]}),
    ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "videos"}}]}),
    ("BatchGetItem", {"RequestItems": {"videos": {"Keys": ["a"]}}}),
    ("BatchWriteItem", {"RequestItems": {"videos": "a"}}),
    ("CreateTable", {"TableName": "more", "AttributeDefinitions": ["id"], "KeySchema": ["id"]}),
    ("UpdateTimeToLive", {"TableName": "videos", "TimeToLiveSpecification": {"Enabled": "yes"}}),
]


@pytest.mark.parametrize(("operation", "request_"), MALFORMED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_malformed_request_is_refused(app: App, operation: str, request_: Any) -> None:
    assert code(app, operation, request_) == "ValidationException"
    assert answer(app, "Scan", {"TableName": "videos"})[1]["Count"] == 0


NOT_MODELLED: list[tuple[str, dict[str, Any], str]] = [
    ("GetItem", {"Key": {"id": {"S": "a"}}, "AttributesToGet": ["id"]}, "the parameter AttributesToGet"),
    ("Scan", {"Segment": 0}, "the parameter Segment"),
    ("PutItem", {"Item": {"id": {"S": "a"}}, "ReturnConsumedCapacity": "TOTAL"}, "the parameter ReturnConsumedCapacity"),
    ("UpdateItem", {"Key": {"id": {"S": "a"}}, "UpdateExpression": "REMOVE a.b"}, "a path below an attribute, such as a.b"),
    ("UpdateTable", {"GlobalSecondaryIndexUpdates": [{"Update": {}}]}, "the update Update of an index"),
]


@pytest.mark.parametrize(("operation", "more", "what"), NOT_MODELLED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_not_modelled_is_refused_by_name(app: App, operation: str, more: dict[str, Any], what: str) -> None:
    status, answered = answer(app, operation, {"TableName": "videos", **more})
    assert (status, answered["message"]) == (400, f"The local service does not support {what}")


def test_an_operation_that_does_not_exist_is_refused(app: App) -> None:
    assert code(app, "ExecuteStatement", {"Statement": "SELECT * FROM videos"}) == "UnknownOperationException"


def test_a_report_that_is_not_wanted_is_no_reason_to_refuse(app: App) -> None:
    assert answer(app, "Scan", {"TableName": "videos", "ReturnConsumedCapacity": "NONE"})[0] == 200


class Broken(DynamoDB):
    """Fails like a full disk, or like a mistake of ours."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(Database(None))
        self._failure = failure

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        raise self._failure


@pytest.mark.parametrize("failure", [StorageError("the data could not be stored: database or disk is full"), KeyError("secret")])
def test_a_failure_is_a_500_that_a_client_repeats(failure: Exception) -> None:
    status, answered = answer(app_over(Broken(failure)), "ListTables", {})
    assert (status, answered["__type"]) == (500, "com.amazonaws.dynamodb.v20120810#InternalServerError")
    assert "secret" not in answered["message"]
