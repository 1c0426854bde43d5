"""Tables whose key has two parts: AWS in memory and the local service read and write them like moto."""

from typing import Any

import pytest

from tests.support.memory_aws.backends import Backend, any_tables, code_of, number, strict_tables, text

__all__ = ["any_tables", "strict_tables"]

# In their order: DynamoDB compares the second part by its UTF-8 bytes.
DAYS = ("2026-11-26#a", "2026-11-27", "2026-11-27#a", "2026-11-27#b", "2026-11-28#a", "é")


def key(first: str, second: str) -> dict[str, Any]:
    return {"pk": text(first), "sk": text(second)}


@pytest.fixture(name="filled")
def table_with_items(aws: Backend) -> Backend:
    """Two partitions, of which one begins like the other."""
    for place, day in enumerate(DAYS):
        for first in ("usage#a", "usage#ab"):
            aws.dynamodb.put_item(TableName=aws.spend, Item={**key(first, day), "n": number(place)})
    return aws


def queried(aws: Backend, condition: str = "", first: str = "usage#a", values: dict[str, Any] | None = None, **more: Any) -> list[str]:
    given = {":p": text(first), **{name: text(value) for name, value in (values or {}).items()}}
    wanted = {"KeyConditionExpression": f"pk = :p{condition}", "ExpressionAttributeValues": given}
    return [item["sk"]["S"] for item in aws.dynamodb.query(TableName=aws.spend, **wanted, **more)["Items"]]


def test_both_parts_make_the_key(aws: Backend) -> None:
    for second in ("x", "y"):
        aws.dynamodb.put_item(TableName=aws.spend, Item={**key("a", second), "n": number(1)})
    aws.dynamodb.update_item(
        TableName=aws.spend, Key=key("a", "y"), UpdateExpression="ADD n :n", ExpressionAttributeValues={":n": number(4)}
    )
    aws.dynamodb.update_item(
        TableName=aws.spend, Key=key("b", "z"), UpdateExpression="ADD n :n", ExpressionAttributeValues={":n": number(2)}
    )
    aws.dynamodb.delete_item(TableName=aws.spend, Key=key("a", "x"))
    found = aws.dynamodb.batch_get_item(RequestItems={aws.spend: {"Keys": [key("a", "x"), key("a", "y"), key("b", "z")]}})
    items = sorted(found["Responses"][aws.spend], key=lambda item: str(item["pk"]["S"]))
    assert items == [{**key("a", "y"), "n": number(5)}, {**key("b", "z"), "n": number(2)}]
    assert aws.dynamodb.get_item(TableName=aws.spend, Key=key("b", "z"))["Item"]["n"] == number(2)


@pytest.mark.parametrize(
    ("condition", "values", "found"),
    [
        ("", {}, DAYS),
        (" AND sk = :a", {":a": DAYS[2]}, DAYS[2:3]),
        (" AND begins_with(sk, :a)", {":a": "2026-11-27"}, DAYS[1:4]),
        (" AND sk BETWEEN :a AND :b", {":a": "2026-11-27#a", ":b": "2026-11-28"}, DAYS[2:4]),
        (" AND sk > :a", {":a": DAYS[3]}, DAYS[4:]),
        (" AND sk <= :a", {":a": DAYS[1]}, DAYS[:2]),
        (" AND sk < :a", {":a": "1"}, ()),
    ],
)
def test_a_query_reads_a_range_of_one_partition_in_order(
    filled: Backend, condition: str, values: dict[str, str], found: tuple[str, ...]
) -> None:
    assert queried(filled, condition, values=values) == [*found]
    assert queried(filled, condition, values=values, ScanIndexForward=False, ConsistentRead=True) == [*found][::-1]


@pytest.mark.parametrize("forward", [True, False])
def test_a_query_goes_on_where_it_stopped(filled: Backend, forward: bool) -> None:
    more: dict[str, Any] = {}
    pages: list[list[str]] = []
    wanted = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": text("usage#a")}}
    while more is not None:
        answer = filled.dynamodb.query(TableName=filled.spend, Limit=4, ScanIndexForward=forward, **wanted, **more)
        pages.append([item["sk"]["S"] for item in answer["Items"]])
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]} if "LastEvaluatedKey" in answer else None  # type: ignore[assignment]
    days = DAYS if forward else DAYS[::-1]
    assert [each for each in pages if each] == [[*days[:4]], [*days[4:]]]


def test_a_scan_goes_on_where_it_stopped(filled: Backend) -> None:
    seen: list[tuple[str, str]] = []
    more: dict[str, Any] = {}
    for _ in range(4):
        answer = filled.dynamodb.scan(TableName=filled.spend, Limit=5, **more)
        seen += [(item["pk"]["S"], item["sk"]["S"]) for item in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            break
        assert answer["LastEvaluatedKey"] == key(*seen[-1])
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert sorted(seen) == sorted((first, day) for first in ("usage#a", "usage#ab") for day in DAYS)


PARTIAL = ({"pk": text("a")}, {"sk": text("a")}, {**key("a", "b"), "n": number(1)}, {"pk": text("a"), "sk": number(1)})


@pytest.mark.parametrize("given", PARTIAL)
def test_a_key_without_both_parts_is_refused(strict: Backend, given: dict[str, Any]) -> None:
    assert code_of(strict.dynamodb.get_item, TableName=strict.spend, Key=given) == "ValidationException"


def test_neither_part_of_a_key_can_be_updated(aws: Backend) -> None:
    change = {"UpdateExpression": "SET sk = :s", "ExpressionAttributeValues": {":s": text("b")}}
    assert code_of(aws.dynamodb.update_item, TableName=aws.spend, Key=key("a", "a"), **change) == "ValidationException"
