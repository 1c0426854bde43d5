"""Values, sizes and order, as every DynamoDB has them; `strict` leaves out moto, which accepts more."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.memory_aws.backends import Backend, any_tables, code_of, strict_tables, text

__all__ = ["any_tables", "strict_tables"]

NUMBERS = ("-100000.25", "-1.23", "-1.2", "-0.5", "0", "0.001", "1", "1.5", "2", "10", "1795658700", "123456789012345678901234567890.5")
# The third is after the second by code points and UTF-8, and before it by UTF-16.
TEXTS = ("A", "a", "\uffff", "\U0001f600")


def put(aws: Backend, key: str, **attributes: Any) -> None:
    aws.dynamodb.put_item(TableName=aws.table, Item={"id": text(key), **attributes})


def stored(aws: Backend, key: str) -> dict[str, Any]:
    item: dict[str, Any] = aws.dynamodb.get_item(TableName=aws.table, Key={"id": text(key)})["Item"]
    return item


def query(aws: Backend, index: str, condition: str, forward: bool = True, **values: Any) -> list[dict[str, Any]]:
    """Return the items of all pages, each with three items at most."""
    pages = aws.dynamodb.get_paginator("query").paginate(
        TableName=aws.table,
        IndexName=index,
        KeyConditionExpression=condition,
        ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        ScanIndexForward=forward,
        PaginationConfig={"PageSize": 3},
    )
    return [item for page in pages for item in page["Items"]]


@pytest.mark.parametrize("forward", [True, False])
def test_sort_keys_of_numbers_are_in_the_order_of_the_numbers(aws: Backend, forward: bool) -> None:
    for place, value in enumerate(reversed(NUMBERS)):
        put(aws, f"n{place}", due=text("due"), due_at={"N": value})
    found = [item["due_at"]["N"] for item in query(aws, "by_due", "due = :due", forward, due=text("due"))]
    assert found == list(NUMBERS if forward else reversed(NUMBERS))


@pytest.mark.parametrize(
    ("condition", "bounds", "first", "last"),
    [
        ("due_at < :a", ("-1.2",), 0, 2),
        ("due_at <= :a", ("-1.2",), 0, 3),
        ("due_at > :a", ("0.00100",), 6, 12),
        ("due_at = :a", ("1.50",), 7, 8),
        ("due_at BETWEEN :a AND :b", ("-0.5", "10"), 3, 10),
    ],
)
def test_a_range_of_numbers_begins_and_ends_where_it_says(
    aws: Backend, condition: str, bounds: tuple[str, ...], first: int, last: int
) -> None:
    for place, value in enumerate(NUMBERS):
        put(aws, f"n{place}", due=text("due"), due_at={"N": value})
    values: dict[str, Any] = {name: {"N": bound} for name, bound in zip("ab", bounds, strict=False)}
    found = [item["due_at"]["N"] for item in query(aws, "by_due", f"due = :due AND {condition}", due=text("due"), **values)]
    assert found == list(NUMBERS[first:last])


def test_sort_keys_of_texts_are_in_the_order_of_their_utf_8(aws: Backend) -> None:
    for key in reversed(TEXTS):
        put(aws, key, tenant=text("acme"))
    assert [item["id"]["S"] for item in query(aws, "by_tenant", "tenant = :t", t=text("acme"))] == list(TEXTS)


def test_a_query_finds_what_begins_with_a_text(aws: Backend) -> None:
    for key in ("vid", "vid_", "vid_1", "vid_\U0010ffff", "vie"):
        put(aws, key, tenant=text("acme"))
    found = query(aws, "by_tenant", "tenant = :t AND begins_with(id, :p)", t=text("acme"), p=text("vid_"))
    assert [item["id"]["S"] for item in found] == ["vid_", "vid_1", "vid_\U0010ffff"]


@pytest.mark.parametrize(("given", "kept"), [("1.50", "1.5"), ("007", "7"), ("-0", "0"), ("1E2", "100"), ("+5", "5"), (".5", "0.5")])
def test_a_number_is_kept_without_idle_zeros(strict: Backend, given: str, kept: str) -> None:
    put(strict, "a", n={"N": given}, m={"M": {"inner": {"L": [{"N": given}]}}}, s={"NS": [given, "9"]})
    assert stored(strict, "a") == {"id": text("a"), "n": {"N": kept}, "m": {"M": {"inner": {"L": [{"N": kept}]}}}, "s": {"NS": [kept, "9"]}}


def test_a_number_of_38_digits_is_exact(aws: Backend) -> None:
    most = "9" * 38
    put(aws, "a", n={"N": most}, tiny={"N": "-0." + "0" * 129 + "1"})
    assert stored(aws, "a")["n"] == {"N": most}
    assert Decimal(stored(aws, "a")["tiny"]["N"]) == Decimal("-1E-130")


def test_a_sum_is_exact(strict: Backend) -> None:
    put(strict, "a", n={"N": "9999999999999999999999999999.01"})
    changed = strict.dynamodb.update_item(
        TableName=strict.table,
        Key={"id": text("a")},
        UpdateExpression="SET n = n - :x",
        ExpressionAttributeValues={":x": {"N": "0.02"}},
        ReturnValues="UPDATED_NEW",
    )
    assert changed["Attributes"] == {"n": {"N": "9999999999999999999999999998.99"}}


UNFIT: dict[str, Any] = {
    "a text as number": {"N": "seven"},
    "no finite number": {"N": "NaN"},
    "39 digits": {"N": "9" * 39},
    "too large": {"N": "1E126"},
    "too small": {"N": "1E-131"},
    "an empty set": {"SS": []},
    "a set with duplicates": {"NS": ["1", "1.0"]},
    "too deep": {"L": []},
}
for _ in range(40):
    UNFIT["too deep"] = {"L": [UNFIT["too deep"]]}


@pytest.mark.parametrize("value", UNFIT.values(), ids=UNFIT)
def test_a_value_that_dynamodb_does_not_keep_is_refused(strict: Backend, value: Any) -> None:
    assert code_of(strict.dynamodb.put_item, TableName=strict.table, Item={"id": text("a"), "n": value}) == "ValidationException"
    update = {"UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": value}}
    assert code_of(strict.dynamodb.update_item, TableName=strict.table, Key={"id": text("a")}, **update) == "ValidationException"
    assert "Item" not in strict.dynamodb.get_item(TableName=strict.table, Key={"id": text("a")})


def test_an_item_has_400_kb_at_most(strict: Backend) -> None:
    # The names and the values of both attributes count.
    most = 400 * 1024 - len("id" + "a" + "text")
    put(strict, "a", text=text("x" * most))
    more = {"id": text("a"), "text": text("x" * (most + 1))}
    assert code_of(strict.dynamodb.put_item, TableName=strict.table, Item=more) == "ValidationException"
    update = {"UpdateExpression": "SET m = :m", "ExpressionAttributeValues": {":m": text("")}}
    assert code_of(strict.dynamodb.update_item, TableName=strict.table, Key={"id": text("a")}, **update) == "ValidationException"


def test_a_sort_key_has_1024_bytes_at_most(aws: Backend) -> None:
    # The table's key is also the sort key of by_tenant.
    put(aws, "ü" * 512)
    assert code_of(aws.dynamodb.put_item, TableName=aws.table, Item={"id": text("ü" * 513)}) == "ValidationException"


def test_a_partition_key_has_2048_bytes_at_most(strict: Backend) -> None:
    put(strict, "a", queued_by=text("ü" * 1024))
    assert code_of(strict.dynamodb.put_item, TableName=strict.table, Item={"id": text("b"), "queued_by": text("ü" * 1025)}) == (
        "ValidationException"
    )


def test_a_key_of_an_index_is_neither_empty_nor_of_another_type(strict: Backend) -> None:
    for wrong in ({"tenant": text("")}, {"due": text("due"), "due_at": text("5")}):
        assert code_of(strict.dynamodb.put_item, TableName=strict.table, Item={"id": text("a"), **wrong}) == "ValidationException"


@pytest.mark.parametrize("operation", ["query", "scan"])
def test_a_page_has_one_megabyte_at_most(aws: Backend, operation: str) -> None:
    for place in range(7):
        put(aws, f"p{place}", tenant=text("acme"), text=text("x" * 300_000))
    condition = {"IndexName": "by_tenant", "KeyConditionExpression": "tenant = :t", "ExpressionAttributeValues": {":t": text("acme")}}
    pages = aws.dynamodb.get_paginator(operation).paginate(TableName=aws.table, **(condition if operation == "query" else {}))
    found = [[item["id"]["S"] for item in page["Items"]] for page in pages]
    assert sorted(key for page in found for key in page) == [f"p{place}" for place in range(7)]
    assert [len(page) for page in found] == [3, 3, 1]
