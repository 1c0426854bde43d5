"""Items with a time to live are removed after it, and no others."""

from collections.abc import Iterator

import pytest

from local.aws.dynamodb.expiry import BUSY_INTERVAL, INTERVAL, MOST, OLDEST
from local.aws.dynamodb.service import DynamoDB
from tests.support.makers import OwnedClock
from tests.support.stored_dynamodb import dynamodb_in
from tests.support.world import creation_of, template_resources

CREATION = {"TableName": "videos", **creation_of(template_resources("both")["VideosTable"]["Properties"])}


@pytest.fixture(name="dynamodb")
def tables_on_the_clock(clock: OwnedClock) -> Iterator[DynamoDB]:
    with dynamodb_in(None, now=clock.seconds) as (dynamodb, _):
        dynamodb.answer("CreateTable", CREATION)
        enable(dynamodb, "expires_at")
        yield dynamodb


def enable(dynamodb: DynamoDB, attribute: str, *, enabled: bool = True) -> None:
    wanted = {"AttributeName": attribute, "Enabled": enabled}
    dynamodb.answer("UpdateTimeToLive", {"TableName": "videos", "TimeToLiveSpecification": wanted})


def put(dynamodb: DynamoDB, key: str, **attributes: str) -> None:
    item = {"id": {"S": key}, "tenant": {"S": "acme"}} | {name: {"N": value} for name, value in attributes.items()}
    dynamodb.answer("PutItem", {"TableName": "videos", "Item": item})


def left(dynamodb: DynamoDB, clock: OwnedClock, pause: float = INTERVAL) -> list[str]:
    """Return what an index shows after a pause."""
    clock.advance(pause)
    query = {"KeyConditionExpression": "tenant = :acme", "ExpressionAttributeValues": {":acme": {"S": "acme"}}}
    found = dynamodb.answer("Query", {"TableName": "videos", "IndexName": "by_tenant", **query})["Items"]
    return [item["id"]["S"] for item in found]


def seconds(clock: OwnedClock, later: float) -> str:
    return str(int(clock.seconds() + later))


def test_an_item_is_removed_after_its_time(dynamodb: DynamoDB, clock: OwnedClock) -> None:
    put(dynamodb, "now", expires_at=seconds(clock, 30))
    put(dynamodb, "later", expires_at=seconds(clock, 2 * INTERVAL + 30))
    put(dynamodb, "never")
    assert left(dynamodb, clock) == ["later", "never"]
    assert left(dynamodb, clock) == ["later", "never"]
    assert left(dynamodb, clock) == ["never"]


def test_an_item_whose_time_is_put_off_stays(dynamodb: DynamoDB, clock: OwnedClock) -> None:
    put(dynamodb, "a", expires_at=seconds(clock, 30))
    put(dynamodb, "a", expires_at=seconds(clock, 10 * INTERVAL))
    put(dynamodb, "b", expires_at=seconds(clock, 30))
    put(dynamodb, "b")
    assert left(dynamodb, clock) == ["a", "b"]


def test_an_item_that_expired_years_ago_stays(dynamodb: DynamoDB, clock: OwnedClock) -> None:
    put(dynamodb, "a", expires_at=seconds(clock, -OLDEST - 2 * INTERVAL))
    put(dynamodb, "b", expires_at=seconds(clock, 1_000 * clock.seconds()))
    assert left(dynamodb, clock) == ["a", "b"]


def test_many_expired_items_are_removed_round_by_round(dynamodb: DynamoDB, clock: OwnedClock) -> None:
    for number in range(MOST + 20):
        put(dynamodb, f"{number:03d}", expires_at=seconds(clock, 30))
    assert len(left(dynamodb, clock)) == 20
    assert left(dynamodb, clock, BUSY_INTERVAL) == []


def test_another_attribute_is_looked_at_as_soon_as_it_is_set(dynamodb: DynamoDB, clock: OwnedClock) -> None:
    put(dynamodb, "a", expires_at=seconds(clock, 30))
    put(dynamodb, "b", gone_at=seconds(clock, 30))
    enable(dynamodb, "expires_at", enabled=False)
    enable(dynamodb, "gone_at")
    assert left(dynamodb, clock) == ["a"]
