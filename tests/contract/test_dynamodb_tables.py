"""Whole tables: the local service creates, describes, changes and deletes them like moto; AWS in memory has no such operations."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.support.memory_aws.backends import Backend, code_of, moto_backend, number, stored_backend, text
from tests.support.moto_world import moto

_NUMBERS = count(1)
CREATION: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in (("id", "S"), ("maker", "S"), ("n", "N"))],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by_maker",
            "KeySchema": [{"AttributeName": "maker", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["colour"]},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
BY_N = {"IndexName": "by_n", "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}


@pytest.fixture(name="aws", params=["moto", "stored"])
def any_account(request: pytest.FixtureRequest) -> Iterator[Backend]:
    if request.param == "stored":
        yield stored_backend()
        return
    with moto():
        yield moto_backend()


@pytest.fixture(name="table")
def new_table(aws: Backend) -> str:
    name = f"made-{next(_NUMBERS)}"
    aws.dynamodb.create_table(TableName=name, **CREATION)
    return name


def by_maker(aws: Backend, table: str) -> list[dict[str, Any]]:
    query = {"KeyConditionExpression": "maker = :m", "ExpressionAttributeValues": {":m": text("acme")}}
    items: list[dict[str, Any]] = aws.dynamodb.query(TableName=table, IndexName="by_maker", **query)["Items"]
    return items


def test_a_table_is_described_as_it_was_created(aws: Backend, table: str) -> None:
    aws.dynamodb.put_item(TableName=table, Item={"id": text("a")})
    described = aws.dynamodb.describe_table(TableName=table)["Table"]
    assert described["TableArn"] == f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}"
    for member in ("KeySchema", "AttributeDefinitions"):
        assert described[member] == CREATION[member]
    (index,) = described["GlobalSecondaryIndexes"]
    assert {name: index[name] for name in CREATION["GlobalSecondaryIndexes"][0]} == CREATION["GlobalSecondaryIndexes"][0]
    assert (described["TableStatus"], index["IndexStatus"], described["ItemCount"]) == ("ACTIVE", "ACTIVE", 1)
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    aws.dynamodb.get_waiter("table_exists").wait(TableName=table)


def test_a_table_that_exists_is_not_created_again(aws: Backend, table: str) -> None:
    aws.dynamodb.put_item(TableName=table, Item={"id": text("a")})
    assert code_of(aws.dynamodb.create_table, TableName=table, **CREATION) == "ResourceInUseException"
    assert aws.dynamodb.scan(TableName=table)["Count"] == 1


def test_an_index_shows_the_attributes_that_it_includes(aws: Backend, table: str) -> None:
    item = {"id": text("a"), "maker": text("acme"), "n": number(1), "colour": text("red"), "weight": number(2)}
    aws.dynamodb.put_item(TableName=table, Item=item)
    assert by_maker(aws, table) == [{name: value for name, value in item.items() if name != "weight"}]
    update = {"UpdateExpression": "SET colour = :c", "ExpressionAttributeValues": {":c": text("blue")}}
    aws.dynamodb.update_item(TableName=table, Key={"id": text("a")}, **update)
    assert by_maker(aws, table)[0]["colour"] == text("blue")


def test_an_index_that_is_created_later_has_the_older_items(aws: Backend, table: str) -> None:
    aws.dynamodb.put_item(TableName=table, Item={"id": text("a"), "n": number(1)})
    definitions = [{"AttributeName": "n", "AttributeType": "N"}]
    aws.dynamodb.update_table(TableName=table, AttributeDefinitions=definitions, GlobalSecondaryIndexUpdates=[{"Create": BY_N}])
    query = {"IndexName": "by_n", "KeyConditionExpression": "n = :n", "ExpressionAttributeValues": {":n": number(1)}}
    assert [item["id"] for item in aws.dynamodb.query(TableName=table, **query)["Items"]] == [text("a")]
    aws.dynamodb.update_table(TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_n"}}])
    assert code_of(aws.dynamodb.query, TableName=table, **query) in ("ValidationException", "ResourceNotFoundException")  # moto: the second


def test_a_deleted_table_is_gone_with_its_items(aws: Backend, table: str) -> None:
    aws.dynamodb.put_item(TableName=table, Item={"id": text("a"), "maker": text("acme"), "n": number(1)})
    aws.dynamodb.delete_table(TableName=table)
    assert table not in aws.dynamodb.list_tables()["TableNames"]
    for operation in (aws.dynamodb.describe_table, aws.dynamodb.delete_table, aws.dynamodb.scan, aws.dynamodb.describe_time_to_live):
        assert code_of(operation, TableName=table) in ("ResourceNotFoundException", "ResourceNotFound")  # moto once says the second
    aws.dynamodb.create_table(TableName=table, **CREATION)
    assert (aws.dynamodb.scan(TableName=table)["Items"], by_maker(aws, table)) == ([], [])


def test_a_protected_table_is_not_deleted(aws: Backend, table: str) -> None:
    aws.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
    assert code_of(aws.dynamodb.delete_table, TableName=table) == "ValidationException"
    aws.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    aws.dynamodb.delete_table(TableName=table)


def test_tables_are_listed_page_by_page(aws: Backend, table: str) -> None:
    pages = aws.dynamodb.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 1})
    names = [name for page in pages for name in page["TableNames"]]
    assert table in names
    assert len(set(names)) == len(names)


def test_time_to_live_is_described_as_set(aws: Backend, table: str) -> None:
    describe = aws.dynamodb.describe_time_to_live
    assert describe(TableName=table)["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}
    enabled = {"AttributeName": "expires_at", "Enabled": True}
    aws.dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=enabled)
    assert describe(TableName=table)["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_time_to_live_is_not_enabled_twice() -> None:
    client = stored_backend().dynamodb
    enabled = {"AttributeName": "expires_at", "Enabled": True}
    client.update_time_to_live(TableName="videos", TimeToLiveSpecification=enabled)
    for again in (enabled, {"AttributeName": "gone_at", "Enabled": True}):
        assert code_of(client.update_time_to_live, TableName="videos", TimeToLiveSpecification=again) == "ValidationException"


def test_backups_are_described_as_set(aws: Backend, table: str) -> None:
    aws.dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    described = aws.dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


BAD = {
    "a short name": {"TableName": "ab"},
    "a key without a definition": {"KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}]},
    "two keys of a kind": {"KeySchema": [{"AttributeName": name, "KeyType": "HASH"} for name in ("id", "maker")]},
    "an unused definition": {"AttributeDefinitions": [*CREATION["AttributeDefinitions"], {"AttributeName": "x", "AttributeType": "S"}]},
    "an index twice": {"GlobalSecondaryIndexes": CREATION["GlobalSecondaryIndexes"] * 2},
    "two parts, and an index": {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "maker", "KeyType": "RANGE"}]},
    "a key that is a number": {"KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}]},
    "a stream": {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}},
}


@pytest.mark.parametrize("changed", BAD.values(), ids=BAD)
def test_a_table_that_cannot_be_kept_is_refused(changed: dict[str, Any]) -> None:
    client = stored_backend().dynamodb
    assert code_of(client.create_table, **({"TableName": "made"} | CREATION | changed)) == "ValidationException"
    assert client.list_tables()["TableNames"] == ["keys", "spend", "videos"]
