"""Tables are made as the template describes them; one that exists keeps its items and follows the template."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.stack import tables
from local.stack.context import StackContext
from tests.support.memory_aws.session import session_over
from tests.support.stored_dynamodb import app_over, dynamodb_in, over_wire

if TYPE_CHECKING:
    from tests.support.world import World

BY_MAKER = {"IndexName": "by_maker", "KeySchema": [{"AttributeName": "maker", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
BY_AMOUNT = {
    "IndexName": "by_amount",
    "KeySchema": [{"AttributeName": "amount", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


@pytest.fixture(name="kept")
def context_over_kept_tables() -> Iterator[StackContext]:
    """A stack over the local service's own tables, which a second creation finds again."""
    with dynamodb_in(None) as (dynamodb, _):
        client = session_over(over_wire(app_over(dynamodb))).client("dynamodb")
        yield StackContext("http://aws", "http://front", Path(), clients={"dynamodb": client})


def described(*indexes: dict[str, Any], key: str = "id", **types: str) -> dict[str, Any]:
    return {
        "TableName": "videos",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in ({key: "S"} | types).items()],
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": list(indexes),
        "BillingMode": "PAY_PER_REQUEST",
    }


def found(context: StackContext, index: str, condition: str, value: dict[str, str]) -> list[str]:
    query = {"KeyConditionExpression": condition, "ExpressionAttributeValues": {":value": value}}
    items = context.client("dynamodb").query(TableName="videos", IndexName=index, **query)["Items"]
    return [item["id"]["S"] for item in items]


def test_a_table_has_its_keys_its_stream_and_its_time_to_live(world: "World") -> None:
    context = StackContext("http://aws", "http://front", Path(), clients={"dynamodb": world.dynamodb})
    properties = {
        "TableName": f"{world.name}-made",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "Tags": [],
    }
    made = tables.table(context, "VideosTable", properties)
    table = world.dynamodb.describe_table(TableName=made.ref)["Table"]
    assert made.ref == f"{world.name}-made"
    assert made.attributes == {"Arn": table["TableArn"], "StreamArn": table["LatestStreamArn"]}
    living = world.dynamodb.describe_time_to_live(TableName=made.ref)["TimeToLiveDescription"]
    assert (living["TimeToLiveStatus"], living["AttributeName"]) == ("ENABLED", "expires_at")
    backups = world.dynamodb.describe_continuous_backups(TableName=made.ref)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_table_that_exists_keeps_its_items(kept: StackContext) -> None:
    first = tables.table(kept, "VideosTable", described())
    kept.client("dynamodb").put_item(TableName="videos", Item={"id": {"S": "a"}})
    assert tables.table(kept, "VideosTable", described()) == first
    assert kept.client("dynamodb").scan(TableName="videos")["Items"] == [{"id": {"S": "a"}}]


def test_a_table_that_exists_gets_the_indexes_of_the_template(kept: StackContext) -> None:
    tables.table(kept, "VideosTable", described(BY_MAKER, maker="S"))
    kept.client("dynamodb").put_item(TableName="videos", Item={"id": {"S": "a"}, "maker": {"S": "acme"}, "amount": {"N": "7"}})
    tables.table(kept, "VideosTable", described(BY_AMOUNT, amount="N"))
    indexes = kept.client("dynamodb").describe_table(TableName="videos")["Table"]["GlobalSecondaryIndexes"]
    assert [index["IndexName"] for index in indexes] == ["by_amount"]
    assert found(kept, "by_amount", "amount = :value", {"N": "7"}) == ["a"]


def test_an_index_whose_key_has_another_type_is_built_again(kept: StackContext) -> None:
    tables.table(kept, "VideosTable", described(BY_MAKER, maker="N"))
    for key, maker in (("a", {"N": "7"}), ("b", {"N": "8"})):
        kept.client("dynamodb").put_item(TableName="videos", Item={"id": {"S": key}, "maker": maker})
    tables.table(kept, "VideosTable", described(BY_MAKER, maker="S"))
    # As on AWS, an item whose attribute has the old type is not in the new index.
    assert found(kept, "by_maker", "maker = :value", {"S": "7"}) == []
    kept.client("dynamodb").put_item(TableName="videos", Item={"id": {"S": "a"}, "maker": {"S": "7"}})
    assert found(kept, "by_maker", "maker = :value", {"S": "7"}) == ["a"]


def test_another_key_is_refused_and_changes_nothing(kept: StackContext) -> None:
    tables.table(kept, "VideosTable", described())
    kept.client("dynamodb").put_item(TableName="videos", Item={"id": {"S": "a"}})
    before = kept.client("dynamodb").describe_table(TableName="videos")["Table"]
    with pytest.raises(ValueError, match=r"the table videos exists with the key id \(S HASH\), the template has name \(S HASH\)"):
        tables.table(kept, "VideosTable", described(BY_MAKER, key="name", maker="S"))
    assert kept.client("dynamodb").describe_table(TableName="videos")["Table"] == before


def test_a_table_that_exists_gets_the_settings_of_the_template(kept: StackContext) -> None:
    living = {"TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True}}
    tables.table(kept, "VideosTable", described() | living | {"DeletionProtectionEnabled": True})
    tables.table(kept, "VideosTable", described() | living | {"DeletionProtectionEnabled": True})
    tables.table(kept, "VideosTable", described() | {"TimeToLiveSpecification": {"AttributeName": "gone_at", "Enabled": True}})
    client = kept.client("dynamodb")
    assert client.describe_time_to_live(TableName="videos")["TimeToLiveDescription"]["AttributeName"] == "gone_at"
    assert client.describe_table(TableName="videos")["Table"]["DeletionProtectionEnabled"] is False
