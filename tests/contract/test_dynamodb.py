"""Every DynamoDB answers alike: moto, the tables in memory, and those of the local service; `strict` leaves out moto."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.memory_aws.backends import Backend, any_tables, code_of, number, strict_tables, text

__all__ = ["any_tables", "strict_tables"]


def put(aws: Backend, key: str, **attributes: dict[str, str]) -> None:
    aws.dynamodb.put_item(TableName=aws.table, Item={"id": text(key), **attributes})


def item(aws: Backend, key: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = aws.dynamodb.get_item(TableName=aws.table, Key={"id": text(key)}, ConsistentRead=True).get("Item")
    return found


def update(aws: Backend, key: str, expression: str, **more: Any) -> Any:
    return aws.dynamodb.update_item(TableName=aws.table, Key={"id": text(key)}, UpdateExpression=expression, **more)


def test_an_item_comes_back_as_it_was_put(aws: Backend) -> None:
    attributes: dict[str, Any] = {
        "n": number(7),
        "map": {"M": {"inner": text("x"), "list": {"L": [{"BOOL": True}, {"NULL": True}]}}},
        "é": text("ü\n"),
    }
    put(aws, "a", **attributes)
    assert item(aws, "a") == {"id": text("a"), **attributes}
    assert item(aws, "b") is None


def test_a_key_must_fit_the_schema(aws: Backend) -> None:
    get = aws.dynamodb.get_item
    assert code_of(get, TableName=aws.table, Key={"other": text("a")}) == "ValidationException"
    assert code_of(aws.dynamodb.put_item, TableName=aws.table, Item={"id": text("")}) == "ValidationException"
    assert code_of(aws.dynamodb.put_item, TableName=aws.table, Item={"x": text("a")}) == "ValidationException"
    assert code_of(get, TableName="no-such-table", Key={"id": text("a")}) == "ResourceNotFoundException"


def test_a_key_must_have_its_type(strict: Backend) -> None:
    aws = strict
    assert code_of(aws.dynamodb.get_item, TableName=aws.table, Key={"id": number(1)}) == "ValidationException"
    wrong = {"id": text("a"), "due": text("due"), "due_at": text("soon")}
    assert code_of(aws.dynamodb.put_item, TableName=aws.table, Item=wrong) == "ValidationException"


CONDITIONS = [
    ("attribute_exists(a)", True),
    ("attribute_not_exists(a)", False),
    ("attribute_not_exists(absent)", True),
    ("a = :x", True),
    ("a = :y", False),
    ("absent = :x", False),
    ("NOT a = :y", True),
    ("n < :five", False),
    ("n <= :five", True),
    ("n > :four", True),
    ("n >= :five", True),
    ("n = :x", False),
    ("a = :y OR n = :five", True),
    ("a = :x AND n = :four", False),
    ("a = :y AND a = :x OR n = :five", True),
    ("a = :y AND (a = :x OR n = :five)", False),
    ("NOT (a = :y OR n = :four)", True),
    ("NOT a = :y AND NOT attribute_exists(absent)", True),
    ("a IN (:y, :x)", True),
    ("a IN (:y)", False),
    ("n IN (:four, :five)", True),
    ("begins_with(a, :x)", True),
    ("#alias = :x", True),
    ("#alias = :x or attribute_exists(#alias)", True),
    ("a <> :y", True),
    ("a <> :x", False),
    ("n BETWEEN :four AND :five", True),
    ("n BETWEEN :five AND :four", False),
    ("contains(a, :x)", True),
    ("contains(a, :y)", False),
    ("size(a) < :four", True),
    ("size(a) >= :four", False),
    ("attribute_type(a, :S)", True),
    ("attribute_type(n, :S)", False),
]
NAMES = {"#alias": "a"}
VALUES = {":x": text("x"), ":y": text("y"), ":four": number(4), ":five": number(5), ":S": text("S")}


def used(words: dict[str, Any], expression: str) -> dict[str, Any]:
    return {word: value for word, value in words.items() if word in expression}


def with_placeholders(expression: str) -> dict[str, Any]:
    """Return the arguments for an expression, without unused ones."""
    arguments = {"ExpressionAttributeNames": used(NAMES, expression), "ExpressionAttributeValues": used(VALUES, expression)}
    return {name: value for name, value in arguments.items() if value}


@pytest.mark.parametrize(("condition", "holds"), CONDITIONS)
def test_a_condition_decides_a_write(aws: Backend, condition: str, holds: bool) -> None:
    put(aws, "c", a=text("x"), n=number(5))
    write = {"TableName": aws.table, "Item": {"id": text("c")}, "ConditionExpression": condition, **with_placeholders(condition)}
    if holds:
        aws.dynamodb.put_item(**write)
    else:
        assert code_of(aws.dynamodb.put_item, **write) == "ConditionalCheckFailedException"
    assert (item(aws, "c") == {"id": text("c")}) is holds


def test_values_of_different_types_have_no_order(strict: Backend) -> None:
    aws = strict
    put(aws, "c", a=text("x"))
    write = {"TableName": aws.table, "Item": {"id": text("c")}, "ExpressionAttributeValues": {":five": number(5)}}
    for condition in ("a > :five", "a < :five", "a = :five"):
        assert code_of(aws.dynamodb.put_item, **write, ConditionExpression=condition) == "ConditionalCheckFailedException"


REFUSED = [
    {"ConditionExpression": "status = :x", "ExpressionAttributeValues": {":x": text("x")}},
    {"ConditionExpression": "a = :x"},
    {"ConditionExpression": "#a = :x", "ExpressionAttributeValues": {":x": text("x")}},
    {"ConditionExpression": "a = :x", "ExpressionAttributeValues": {":x": text("x"), ":unused": text("y")}},
    {"ConditionExpression": "a = ", "ExpressionAttributeValues": {":x": text("x")}},
    {"ConditionExpression": "(a = :x", "ExpressionAttributeValues": {":x": text("x")}},
]


@pytest.mark.parametrize("more", REFUSED, ids=lambda more: str(more["ConditionExpression"]))
def test_a_malformed_condition_is_refused(strict: Backend, more: dict[str, Any]) -> None:
    assert code_of(strict.dynamodb.put_item, TableName=strict.table, Item={"id": text("a")}, **more) == "ValidationException"


def test_an_update_sets_removes_and_adds_in_one_go(aws: Backend) -> None:
    put(aws, "u", a=text("x"), n=number(5), gone=text("z"))
    update(
        aws,
        "u",
        "SET #alias = :x, m = n, k = n + :five, d = if_not_exists(d, :y) REMOVE gone, absent ADD n :four",
        ExpressionAttributeNames=NAMES,
        ExpressionAttributeValues={name: value for name, value in VALUES.items() if name != ":S"},
    )
    expected = {"a": text("x"), "m": number(5), "k": number(10), "d": text("y"), "n": number(9)}
    assert item(aws, "u") == {"id": text("u"), **expected}


def test_an_update_creates_a_missing_item(aws: Backend) -> None:
    update(aws, "fresh", "SET a = :x", ExpressionAttributeValues={":x": text("x")})
    assert item(aws, "fresh") == {"id": text("fresh"), "a": text("x")}


def test_an_update_returns_the_requested_values(aws: Backend) -> None:
    put(aws, "r", a=text("x"))
    values = {":y": text("y")}
    assert "Attributes" not in update(aws, "r", "SET a = :y", ExpressionAttributeValues=values)
    old = update(aws, "r", "SET b = :y", ExpressionAttributeValues=values, ReturnValues="ALL_OLD")
    new = update(aws, "r", "SET c = :y", ExpressionAttributeValues=values, ReturnValues="ALL_NEW")
    assert old["Attributes"] == {"id": text("r"), "a": text("y")}
    assert new["Attributes"] == {"id": text("r"), "a": text("y"), "b": text("y"), "c": text("y")}


BAD_UPDATES = [
    ("SET status = :x", {":x": text("x")}),
    ("SET id = :x", {":x": text("x")}),
    ("SET a = :x, a = :x", {":x": text("x")}),
    ("SET a = :x SET b = :x", {":x": text("x")}),
    ("SET a = absent", None),
    ("SET a = a + :x", {":x": text("x")}),
    ("SET a = :unknown", {":x": text("x")}),
    ("SET a = :x", {":x": text("x"), ":y": text("y")}),
]


@pytest.mark.parametrize(("expression", "values"), BAD_UPDATES)
def test_a_malformed_update_is_refused(aws: Backend, expression: str, values: dict[str, Any] | None) -> None:
    put(aws, "b", a=text("x"))
    more = {"ExpressionAttributeValues": values} if values else {}
    arguments = {"TableName": aws.table, "Key": {"id": text("b")}, "UpdateExpression": expression, **more}
    assert code_of(aws.dynamodb.update_item, **arguments) == "ValidationException"
    assert item(aws, "b") == {"id": text("b"), "a": text("x")}


def test_a_refused_write_returns_the_item_on_request(aws: Backend) -> None:
    put(aws, "old", a=text("x"))
    with pytest.raises(ClientError) as caught:
        aws.dynamodb.put_item(
            TableName=aws.table,
            Item={"id": text("old")},
            ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert caught.value.response["Item"] == {"id": text("old"), "a": text("x")}  # type: ignore[typeddict-item]


def part(aws: Backend, kind: str, key: str, condition: str | None, **more: Any) -> dict[str, Any]:
    place = {"Item": {"id": text(key)}} if kind == "Put" else {"Key": {"id": text(key)}}
    conditional = {"ConditionExpression": condition} if condition else {}
    return {kind: {"TableName": aws.table, **place, **conditional, **more}}


def test_a_transaction_writes_all(aws: Backend) -> None:
    for key in ("t1", "t2", "t3"):
        put(aws, key)
    values = {"UpdateExpression": "SET a = :x", "ExpressionAttributeValues": {":x": text("x")}}
    aws.dynamodb.transact_write_items(
        TransactItems=[
            part(aws, "Put", "t0", "attribute_not_exists(id)"),
            part(aws, "Update", "t1", "attribute_exists(id)", **values),
            part(aws, "Delete", "t2", None),
            part(aws, "ConditionCheck", "t3", "attribute_exists(id)"),
        ]
    )
    assert [item(aws, key) for key in ("t0", "t1", "t2", "t3")] == [
        {"id": text("t0")},
        {"id": text("t1"), "a": text("x")},
        None,
        {"id": text("t3")},
    ]


def test_a_transaction_writes_nothing_when_one_part_is_refused(aws: Backend) -> None:
    put(aws, "t1")
    with pytest.raises(aws.dynamodb.exceptions.TransactionCanceledException) as caught:
        aws.dynamodb.transact_write_items(
            TransactItems=[
                part(aws, "Put", "t0", "attribute_not_exists(id)"),
                part(aws, "Put", "t1", "attribute_not_exists(id)"),
                part(aws, "ConditionCheck", "t2", "attribute_exists(id)"),
            ]
        )
    codes = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert codes == ["None", "ConditionalCheckFailed", "ConditionalCheckFailed"]
    assert "[None, ConditionalCheckFailed, ConditionalCheckFailed]" in caught.value.response["Error"]["Message"]
    assert item(aws, "t0") is None


def test_a_transaction_touches_an_item_once(aws: Backend) -> None:
    parts = [part(aws, "Put", "t0", None), part(aws, "Delete", "t0", None)]
    code = code_of(aws.dynamodb.transact_write_items, TransactItems=parts)
    assert code in ("ValidationException", "TransactionCanceledException")  # moto says the second
    assert item(aws, "t0") is None


def due(aws: Backend, **more: Any) -> Any:
    condition = {"KeyConditionExpression": "due = :queue AND due_at <= :now"}
    values = {":queue": text("due"), ":now": number(30)}
    return aws.dynamodb.query(TableName=aws.table, IndexName="by_due", ExpressionAttributeValues=values, **condition, **more)


def test_a_sparse_index_holds_only_items_with_both_keys_in_order(aws: Backend) -> None:
    put(aws, "q3", due=text("due"), due_at=number(30), a=text("not projected"))
    put(aws, "q1", due=text("due"), due_at=number(4))
    put(aws, "q2", due=text("other"), due_at=number(5))
    put(aws, "q4", due=text("due"), due_at=number(31))
    put(aws, "q5", due=text("due"))
    answer = due(aws)
    assert answer["Items"] == [
        {"id": text("q1"), "due": text("due"), "due_at": number(4)},
        {"id": text("q3"), "due": text("due"), "due_at": number(30)},
    ]
    assert (answer["Count"], "LastEvaluatedKey" in answer) == (2, False)
    assert [each["id"]["S"] for each in due(aws, ScanIndexForward=False)["Items"]] == ["q3", "q1"]


def test_an_index_without_a_sort_key_holds_its_partition(aws: Backend) -> None:
    for key, owner in (("w1", "acme"), ("w2", "acme"), ("w3", "other")):
        put(aws, key, queued_by=text(owner))
    query = {"KeyConditionExpression": "queued_by = :tenant", "ExpressionAttributeValues": {":tenant": text("acme")}}
    answer = aws.dynamodb.query(TableName=aws.table, IndexName="by_queue", **query)
    assert sorted(each["id"]["S"] for each in answer["Items"]) == ["w1", "w2"]
    update(aws, "w1", "REMOVE queued_by")
    assert aws.dynamodb.query(TableName=aws.table, IndexName="by_queue", Select="COUNT", Limit=5, **query)["Count"] == 1


def test_an_index_follows_every_write(aws: Backend) -> None:
    put(aws, "f", due=text("due"), due_at=number(4))
    update(aws, "f", "SET due_at = :later", ExpressionAttributeValues={":later": number(40)})
    assert due(aws)["Count"] == 0
    update(aws, "f", "SET due_at = :now", ExpressionAttributeValues={":now": number(20)})
    assert due(aws)["Count"] == 1
    update(aws, "f", "REMOVE due, due_at")
    assert due(aws)["Count"] == 0
    put(aws, "f", due=text("due"), due_at=number(4))
    aws.dynamodb.delete_item(TableName=aws.table, Key={"id": text("f")})
    assert due(aws)["Count"] == 0


def test_a_query_counts_without_items(aws: Backend) -> None:
    put(aws, "n1", due=text("due"), due_at=number(4))
    answer = due(aws, Select="COUNT")
    assert (answer["Count"], "Items" in answer) == (1, False)


@pytest.mark.parametrize("forward", [True, False])
def test_pages_return_every_item_once_and_in_order(aws: Backend, forward: bool) -> None:
    keys = [f"p{n}" for n in range(7)]
    for key in keys:
        put(aws, key, tenant=text("acme"))
    put(aws, "foreign", tenant=text("other"))
    pages = aws.dynamodb.get_paginator("query").paginate(
        TableName=aws.table,
        IndexName="by_tenant",
        KeyConditionExpression="tenant = :tenant AND id > :after",
        ExpressionAttributeValues={":tenant": text("acme"), ":after": text("p0")},
        ScanIndexForward=forward,
        PaginationConfig={"PageSize": 2},
    )
    found = [each["id"]["S"] for page in pages for each in page["Items"]]
    assert found == (keys[1:] if forward else keys[:0:-1])


def test_a_query_filters_after_reading(aws: Backend) -> None:
    put(aws, "f1", tenant=text("acme"), a=text("x"))
    put(aws, "f2", tenant=text("acme"), a=text("y"))
    answer = aws.dynamodb.query(
        TableName=aws.table,
        IndexName="by_tenant",
        KeyConditionExpression="tenant = :tenant",
        FilterExpression="a = :x",
        ExpressionAttributeValues={":tenant": text("acme"), ":x": text("x")},
    )
    assert [each["id"]["S"] for each in answer["Items"]] == ["f1"]
    assert (answer["Count"], answer["ScannedCount"]) == (1, 2)


def test_a_query_needs_its_partition(aws: Backend) -> None:
    query = {"KeyConditionExpression": "due_at <= :now", "ExpressionAttributeValues": {":now": number(1)}}
    assert code_of(aws.dynamodb.query, TableName=aws.table, IndexName="by_due", **query) == "ValidationException"


def test_a_refused_transaction_shows_the_item_of_the_part_that_asks_for_it(aws: Backend) -> None:
    put(aws, "u1", n=number(1))
    put(aws, "u2", n=number(2))
    values = {"UpdateExpression": "SET n = :other", "ExpressionAttributeValues": {":other": number(9)}}
    with pytest.raises(aws.dynamodb.exceptions.TransactionCanceledException) as caught:
        aws.dynamodb.transact_write_items(
            TransactItems=[
                part(aws, "Update", "u1", "n = :other", ReturnValuesOnConditionCheckFailure="ALL_OLD", **values),
                part(aws, "Update", "u2", "n = :other", **values),
                part(aws, "Update", "u3", "n = :other", ReturnValuesOnConditionCheckFailure="ALL_OLD", **values),
            ]
        )
    shown = [reason.get("Item") for reason in caught.value.response["CancellationReasons"]]
    assert shown == [{"id": text("u1"), "n": number(1)}, None, None]


def test_a_refused_update_shows_the_item_that_it_met(aws: Backend) -> None:
    put(aws, "v1", n=number(1))
    more = {"ExpressionAttributeValues": {":other": number(9)}, "ConditionExpression": "n = :other"}
    for key, shown in (("v1", {"id": text("v1"), "n": number(1)}), ("v2", None)):
        with pytest.raises(aws.dynamodb.exceptions.ConditionalCheckFailedException) as caught:
            update(aws, key, "SET n = :other", ReturnValuesOnConditionCheckFailure="ALL_OLD", **more)
        assert caught.value.response.get("Item") == shown
