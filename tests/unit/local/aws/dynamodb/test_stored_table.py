"""A query reads its range and no more, however many items there are."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.aws.dynamodb.service import DynamoDB
from local.state.database import Database
from tests.support.stored_dynamodb import dynamodb_in
from tests.support.world import creation_of, template_resources

CREATION = {"TableName": "videos", **creation_of(template_resources("both")["VideosTable"]["Properties"])}
VALUES = {"tenant": ":acme", "due": ":due", "queued_by": ":acme"}


@pytest.fixture(name="filled", scope="module")
def tables_with_items() -> Iterator[tuple[DynamoDB, Database]]:
    with dynamodb_in(None) as (dynamodb, database):
        dynamodb.answer("CreateTable", CREATION)
        add(dynamodb, 0, 200)
        yield dynamodb, database


def add(dynamodb: DynamoDB, first: int, end: int) -> None:
    for number in range(first, end):
        item = {"id": f"vid_{number:06d}", "tenant": "acme", "due": "due", "queued_by": "acme"}
        typed = {name: {"S": value} for name, value in item.items()} | {"due_at": {"N": str(number)}}
        dynamodb.answer("PutItem", {"TableName": "videos", "Item": typed})


def steps(filled: tuple[DynamoDB, Database], request: dict[str, Any]) -> tuple[int, list[str]]:
    """Return how many steps of SQLite's machine a query took, and what it found."""
    dynamodb, database = filled
    taken: list[int] = []
    with database.transaction() as connection:
        connection.set_progress_handler(lambda: taken.append(1), 1)
    answer = dynamodb.answer("Query", {"TableName": "videos", **request})
    with database.transaction() as connection:
        connection.set_progress_handler(None, 0)
    return len(taken), [item["id"]["S"] for item in answer["Items"]]


def query(index: str, condition: str, **more: Any) -> dict[str, Any]:
    values = {":acme": {"S": "acme"}, ":due": {"S": "due"}, ":low": {"N": "100"}, ":high": {"N": "104"}, ":id": {"S": "vid_000100"}}
    used = {name: value for name, value in values.items() if name in condition}
    return {"IndexName": index, "KeyConditionExpression": condition, "ExpressionAttributeValues": used, **more}


AFTER_DUE = {"id": {"S": "vid_000100"}, "due": {"S": "due"}, "due_at": {"N": "100"}}
AFTER_TENANT = {"id": {"S": "vid_000100"}, "tenant": {"S": "acme"}}
AFTER_QUEUE = {"id": {"S": "vid_000100"}, "queued_by": {"S": "acme"}}
QUERIES: dict[str, dict[str, Any]] = {
    "the newest": query("by_tenant", "tenant = :acme", ScanIndexForward=False, Limit=5),
    "the next page": query("by_tenant", "tenant = :acme", ScanIndexForward=False, Limit=5, ExclusiveStartKey=AFTER_TENANT),
    "the next page forward": query("by_tenant", "tenant = :acme", Limit=5, ExclusiveStartKey=AFTER_TENANT),
    "after a key": query("by_tenant", "tenant = :acme AND id > :id", Limit=5),
    "between two numbers": query("by_due", "due = :due AND due_at BETWEEN :low AND :high"),
    "the next page of a range": query("by_due", "due = :due AND due_at >= :low", Limit=5, ExclusiveStartKey=AFTER_DUE),
    "the next page of a range below": query("by_due", "due = :due AND due_at <= :high", Limit=4, ExclusiveStartKey=AFTER_DUE),
    "a page without a sort key": query("by_queue", "queued_by = :acme", Limit=5, ExclusiveStartKey=AFTER_QUEUE),
}


@pytest.mark.parametrize("request_", QUERIES.values(), ids=QUERIES)
def test_a_query_reads_only_its_range(filled: tuple[DynamoDB, Database], request_: dict[str, Any]) -> None:
    taken, found = steps(filled, request_)
    assert 4 <= len(found) <= 5
    # Some 25 steps for an item; those outside would each cost some, too.
    assert taken < 300
