"""The cheaper transactions have the same effects as moto's own."""

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item

from local.aws.moto import patches
from local.aws.moto.transactions import TransactionCopier

ACCOUNT, REGION = "123456789012", "us-east-1"
TABLES = {"plain": ["id"], "ranged": ["id", "part"]}


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name=REGION)
        for name, keys in TABLES.items():
            client.create_table(
                TableName=name,
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
                KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)],  # type: ignore[typeddict-item]
                BillingMode="PAY_PER_REQUEST",
            )
        yield client


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    copier = TransactionCopier()
    for key, replaced in (("transaction", copier.track_items(patches.find("transaction")[2])), ("copy", copier)):
        holder, name, _ = patches.find(key)
        monkeypatch.setattr(holder, name, replaced)


def _key(rng: Random, table: str) -> dict[str, dict[str, str]]:
    return {name: {"S": rng.choice("abc")} for name in TABLES[table]}


def _operation(rng: Random) -> dict[str, dict[str, Any]]:
    table = rng.choice(list(TABLES))
    key, said = _key(rng, table), rng.choice(("attribute_exists(id)", "attribute_not_exists(id)", None))
    where = {"TableName": table, **({"ConditionExpression": said} if said else {})}
    match rng.choice(("Put", "Update", "Update", "Delete", "ConditionCheck")):
        case "Put":
            return {"Put": {**where, "Item": {**key, "said": {"L": [{"S": "new"}]}, "times": {"N": "0"}}}}
        case "Update":
            change = {"UpdateExpression": "ADD times :one SET #s = :word", "ExpressionAttributeNames": {"#s": "said"}}
            values = {":one": {"N": "1"}, ":word": {"L": [{"S": str(rng.random())}]}}
            return {"Update": {**where, "Key": key, **change, "ExpressionAttributeValues": values}}
        case "Delete":
            return {"Delete": {**where, "Key": key}}
    return {"ConditionCheck": {**where, "Key": key, "ConditionExpression": said or "attribute_exists(id)"}}


def _run_transactions(dynamodb: Any, seed: int) -> list[Any]:
    """Return the results of twenty transactions and the final items."""
    rng = Random(seed)  # noqa: S311 - values for a test
    seen: list[Any] = []
    for _ in range(20):
        try:
            dynamodb.transact_write_items(TransactItems=[_operation(rng) for _ in range(rng.randrange(1, 4))])
            seen.append("done")
        except ClientError as error:
            seen.append(str(error))
        for table in TABLES:
            items = dynamodb.scan(TableName=table)["Items"]
            seen.append(sorted(map(repr, items)))
            for item in items:
                if rng.random() < 0.1:
                    dynamodb.delete_item(TableName=table, Key={name: item[name] for name in TABLES[table]})
    return seen


@pytest.mark.parametrize("seed", range(3))
def test_the_same_transactions_have_the_same_effects(dynamodb: Any, seed: int, request: pytest.FixtureRequest) -> None:
    whole = _run_transactions(dynamodb, seed)
    for table in TABLES:
        dynamodb_backends[ACCOUNT][REGION].get_table(table).items.clear()
    request.getfixturevalue("cheap")
    assert _run_transactions(dynamodb, seed) == whole
    assert "done" in whole
    assert any("ConditionalCheckFailed" in line for line in whole if isinstance(line, str))


def test_a_transaction_copies_only_its_own_items(dynamodb: Any, cheap: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        dynamodb.put_item(TableName="plain", Item={"id": {"S": f"video {number}"}})
    copied: list[Item] = []

    def counting(item: Item, memo: dict[int, Any]) -> Item:
        copied.append(item)
        return Item(copy.deepcopy(item.hash_key), None, {"id": {"S": item.hash_key.value}})

    monkeypatch.setattr(Item, "__deepcopy__", counting)
    change = {"UpdateExpression": "ADD times :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    dynamodb.transact_write_items(TransactItems=[{"Update": {"TableName": "plain", "Key": {"id": {"S": "video 7"}}, **change}}])
    assert {item.hash_key.value for item in copied} == {"video 7"}
