"""The requests that boto3 and the AWS CLI send in addition to the product's own; `strict` leaves out moto, which accepts more."""

from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr, ConditionExpressionBuilder, Key
from boto3.dynamodb.types import TypeSerializer

from tests.support.memory_aws.backends import Backend, any_tables, code_of, number, strict_tables, text

__all__ = ["any_tables", "strict_tables"]


def put(aws: Backend, key: str, **attributes: Any) -> None:
    aws.dynamodb.put_item(TableName=aws.table, Item={"id": text(key), **attributes})


def update(aws: Backend, expression: str, **more: Any) -> Any:
    return aws.dynamodb.update_item(TableName=aws.table, Key={"id": text("a")}, UpdateExpression=expression, **more)


def built(condition: Any, *, is_key: bool = False) -> dict[str, Any]:
    """Return what boto3 makes of a condition that is written in Python."""
    made = ConditionExpressionBuilder().build_expression(condition, is_key)
    member = "KeyConditionExpression" if is_key else "FilterExpression"
    values = {name: TypeSerializer().serialize(value) for name, value in made.attribute_value_placeholders.items()}
    return {
        member: made.condition_expression,
        "ExpressionAttributeNames": made.attribute_name_placeholders,
        **({"ExpressionAttributeValues": values} if values else {}),
    }


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Key("tenant").eq("acme"), ["a1", "a2", "b1"]),
        (Key("tenant").eq("acme") & Key("id").begins_with("a"), ["a1", "a2"]),
        (Key("tenant").eq("acme") & Key("id").between("a2", "b1"), ["a2", "b1"]),
        (Key("id").gte("a2") & Key("tenant").eq("acme"), ["a2", "b1"]),
    ],
)
def test_a_key_condition_of_boto3_is_understood(aws: Backend, condition: Any, expected: list[str]) -> None:
    for key in ("a1", "a2", "b1"):
        put(aws, key, tenant=text("acme"))
    answer = aws.dynamodb.query(TableName=aws.table, IndexName="by_tenant", **built(condition, is_key=True))
    assert [item["id"]["S"] for item in answer["Items"]] == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Attr("status").eq("queued") & Attr("n").lt(2), ["a"]),
        (Attr("status").ne("queued") | Attr("n").between(1, 2), ["a", "b", "c"]),
        (~Attr("n").exists(), ["c"]),
        (Attr("tags").contains("x"), ["b"]),
        (Attr("status").is_in(["failed", "done"]), ["c"]),
        (Attr("kind").size().gte(2), ["b"]),
        (Attr("n").attribute_type("N"), ["a", "b"]),
    ],
)
def test_a_filter_of_boto3_is_understood(aws: Backend, condition: Any, expected: list[str]) -> None:
    put(aws, "a", status=text("queued"), n=number(1), kind=text("k"))
    put(aws, "b", status=text("queued"), n=number(2), tags={"SS": ["x", "y"]}, kind=text("kind"))
    put(aws, "c", status=text("done"), tags={"L": [text("z")]}, kind=text("k"))
    found = aws.dynamodb.scan(TableName=aws.table, **built(condition))
    assert sorted(item["id"]["S"] for item in found["Items"]) == expected
    assert (found["Count"], found["ScannedCount"]) == (len(expected), 3)


def test_an_update_appends_to_lists_and_changes_sets(aws: Backend) -> None:
    put(aws, "a", letters={"L": [text("x")]}, tags={"SS": ["x", "y"]}, numbers={"NS": ["1"]})
    values = {
        ":more": {"L": [text("y")]},
        ":none": {"L": []},
        ":tags": {"SS": ["y"]},
        ":numbers": {"NS": ["1", "2"]},
        ":new": {"SS": ["z"]},
    }
    update(
        aws,
        "SET letters = list_append(if_not_exists(letters, :none), :more) ADD numbers :numbers, fresh :new DELETE tags :tags",
        ExpressionAttributeValues=values,
    )
    item = aws.dynamodb.get_item(TableName=aws.table, Key={"id": text("a")})["Item"]
    assert item["letters"] == {"L": [text("x"), text("y")]}
    assert (item["tags"], sorted(item["numbers"]["NS"]), item["fresh"]) == ({"SS": ["x"]}, ["1", "2"], {"SS": ["z"]})
    update(aws, "DELETE tags :x", ExpressionAttributeValues={":x": {"SS": ["x"]}})
    assert "tags" not in aws.dynamodb.get_item(TableName=aws.table, Key={"id": text("a")})["Item"]


def test_an_update_returns_only_what_it_wrote_if_asked(aws: Backend) -> None:
    put(aws, "a", n=number(1), m=number(5))
    values = {"ExpressionAttributeValues": {":one": number(1)}}
    assert update(aws, "ADD n :one", ReturnValues="UPDATED_NEW", **values)["Attributes"] == {"n": number(2)}
    assert update(aws, "ADD n :one", ReturnValues="UPDATED_OLD", **values)["Attributes"] == {"n": number(2)}


def test_a_projection_reduces_items_to_some_attributes(aws: Backend) -> None:
    put(aws, "a", tenant=text("acme"), status=text("queued"), n=number(1))
    shown = {"ProjectionExpression": "#status, n, absent", "ExpressionAttributeNames": {"#status": "status"}}
    expected = {"status": text("queued"), "n": number(1)}
    query = {"KeyConditionExpression": "tenant = :t", "ExpressionAttributeValues": {":t": text("acme")}}
    assert aws.dynamodb.get_item(TableName=aws.table, Key={"id": text("a")}, **shown)["Item"] == expected
    assert aws.dynamodb.scan(TableName=aws.table, **shown)["Items"] == [expected]
    assert aws.dynamodb.query(TableName=aws.table, IndexName="by_tenant", **query, **shown)["Items"] == [expected]


def test_a_batch_reads_and_writes_items_of_several_tables(aws: Backend) -> None:
    put(aws, "gone")
    writes = [{"PutRequest": {"Item": {"id": text("a"), "n": number(1)}}}, {"DeleteRequest": {"Key": {"id": text("gone")}}}]
    answer = aws.dynamodb.batch_write_item(RequestItems={aws.table: writes})
    assert answer["UnprocessedItems"] == {}
    keys = [{"id": text(key)} for key in ("a", "gone")]
    read = aws.dynamodb.batch_get_item(RequestItems={aws.table: {"Keys": keys, "ProjectionExpression": "n"}})
    assert (read["Responses"], read["UnprocessedKeys"]) == ({aws.table: [{"n": number(1)}]}, {})


def test_a_batch_with_a_key_twice_is_refused_and_writes_nothing(strict: Backend) -> None:
    writes = [{"PutRequest": {"Item": {"id": text(key)}}} for key in ("a", "b", "a")]
    assert code_of(strict.dynamodb.batch_write_item, RequestItems={strict.table: writes}) == "ValidationException"
    assert strict.dynamodb.scan(TableName=strict.table)["Count"] == 0


def test_a_transaction_reads_several_items(aws: Backend) -> None:
    put(aws, "a", n=number(1))
    parts = [{"Get": {"TableName": aws.table, "Key": {"id": text(key)}}} for key in ("a", "absent")]
    answer = aws.dynamodb.transact_get_items(TransactItems=parts)
    assert answer["Responses"][0]["Item"] == {"id": text("a"), "n": number(1)}
    assert not answer["Responses"][1].get("Item")


def test_a_table_is_queried_by_its_own_key(aws: Backend) -> None:
    put(aws, "a", n=number(1))
    for key, expected in (("a", [{"id": text("a"), "n": number(1)}]), ("absent", [])):
        values = {":key": text(key)}
        answer = aws.dynamodb.query(TableName=aws.table, KeyConditionExpression="id = :key", ExpressionAttributeValues=values)
        assert answer["Items"] == expected


def test_a_scan_goes_on_after_an_item_that_is_gone(strict: Backend) -> None:
    for key in ("a", "b", "c"):
        put(strict, key)
    page = strict.dynamodb.scan(TableName=strict.table, Limit=2)
    strict.dynamodb.delete_item(TableName=strict.table, Key={"id": text("b")})
    rest = strict.dynamodb.scan(TableName=strict.table, ExclusiveStartKey=page["LastEvaluatedKey"])
    assert [item["id"]["S"] for item in rest["Items"]] == ["c"]


BY_DUE = {"IndexName": "by_due", "KeyConditionExpression": "due = :d", "ExpressionAttributeValues": {":d": text("due")}}
REFUSED = {
    "a consistent read of an index": {**BY_DUE, "ConsistentRead": True},
    "all attributes of an index with keys only": {**BY_DUE, "Select": "ALL_ATTRIBUTES"},
    "an attribute that the index does not show": {**BY_DUE, "ProjectionExpression": "failures"},
    "an index that does not exist": {**BY_DUE, "IndexName": "by_nobody"},
    "a filter on a key of the index": {**BY_DUE, "FilterExpression": "due_at > :d"},
    "a value of another type": {**BY_DUE, "ExpressionAttributeValues": {":d": number(1)}},
    "a start that is no key of the index": {**BY_DUE, "ExclusiveStartKey": {"id": text("a")}},
    "a partition that is no single value": {**BY_DUE, "KeyConditionExpression": "due > :d"},
}


@pytest.mark.parametrize("request_", REFUSED.values(), ids=REFUSED)
def test_a_query_that_dynamodb_does_not_answer_is_refused(strict: Backend, request_: dict[str, Any]) -> None:
    assert code_of(strict.dynamodb.query, TableName=strict.table, **request_) == "ValidationException"


def test_a_transaction_with_a_known_token_is_written_once(strict: Backend) -> None:
    put(strict, "a", n=number(1))
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": number(1)}}
    parts = [{"Update": {"TableName": strict.table, "Key": {"id": text("a")}, **add}}]
    for _ in range(2):
        strict.dynamodb.transact_write_items(TransactItems=parts, ClientRequestToken=f"once-{strict.table}")
    assert strict.dynamodb.get_item(TableName=strict.table, Key={"id": text("a")})["Item"]["n"] == number(2)


def test_another_transaction_with_a_known_token_is_refused(strict: Backend) -> None:
    first, second = ([{"Put": {"TableName": strict.table, "Item": {"id": text(key)}}}] for key in ("a", "b"))
    strict.dynamodb.transact_write_items(TransactItems=first, ClientRequestToken="token")
    code = code_of(strict.dynamodb.transact_write_items, TransactItems=second, ClientRequestToken="token")
    assert code == "IdempotentParameterMismatchException"
    assert "Item" not in strict.dynamodb.get_item(TableName=strict.table, Key={"id": text("b")})
