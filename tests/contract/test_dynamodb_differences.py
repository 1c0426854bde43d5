"""Random writes and reads get the same answers from moto, from the tables in memory and from those of the local service."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.memory_aws.backends import Backend, memory_backend, moto_backend, number, stored_backend, text
from tests.support.moto_world import moto

KEYS, NAMES = ("k1", "k2", "k3"), ("a", "b", "due", "due_at", "tenant")


def value_of(name: str) -> st.SearchStrategy[dict[str, str]]:
    return st.integers(0, 3).map(number) if name in ("due_at", "b") else st.sampled_from(("x", "y")).map(text)


@st.composite
def sets(draw: st.DrawFn) -> dict[str, dict[str, str] | None]:
    """Attributes to set, or with None to remove."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    return {name: draw(st.none() | value_of(name)) for name in names}


# Each with its values, of the attribute's type, because moto cannot order values of different types.
CONDITIONS = st.sampled_from(
    (
        (None, {}),
        ("attribute_exists(id)", {}),
        ("attribute_not_exists(id) OR b < :two", {":two": number(2)}),
        ("#a = :x AND attribute_not_exists(b)", {":x": text("x")}),
        ("#a = :x AND (attribute_not_exists(due) OR due = :y)", {":x": text("x"), ":y": text("y")}),
        ("NOT b >= :two AND attribute_exists(due_at)", {":two": number(2)}),
        ("b IN (:two, :three)", {":two": number(2), ":three": number(3)}),
    )
)
PARTS = st.tuples(st.sampled_from(("put", "update", "delete")), st.sampled_from(KEYS), sets(), CONDITIONS)
OPERATIONS = st.lists(PARTS | st.lists(PARTS, min_size=2, max_size=3, unique_by=lambda part: part[1]), min_size=1, max_size=12)


def request_of(table: str, part: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    """Return a write in the client's format, single or in a transaction."""
    kind, key, changes, (condition, values) = part
    request: dict[str, Any] = {"TableName": table}
    names = {"#a": "a"} if condition and "#a" in condition else {}
    values = dict(values)
    kept = {name: value for name, value in changes.items() if value is not None}
    if kind == "put":
        request["Item"] = {"id": text(key), **kept}
    else:
        request["Key"] = {"id": text(key)}
    if kind == "update":
        gone = [f"#{name}" for name, value in changes.items() if value is None]
        clauses = [f"SET {', '.join(f'#{name} = :set_{name}' for name in kept)}"] if kept else []
        request["UpdateExpression"] = " ".join([*clauses, *([f"REMOVE {', '.join(gone)}"] if gone else [])])
        names |= {f"#{name}": name for name in changes}
        values |= {f":set_{name}": value for name, value in kept.items()}
    if condition:
        request["ConditionExpression"] = condition
    if names:
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = values
    return kind, request


def outcome(aws: Backend, operation: Any) -> Any:
    """Return what a client sees of one operation."""
    try:
        if isinstance(operation, list):
            parts = [request_of(aws.table, part) for part in operation]
            aws.dynamodb.transact_write_items(TransactItems=[{kind.title(): request} for kind, request in parts])
        else:
            kind, request = request_of(aws.table, operation)
            getattr(aws.dynamodb, f"{kind}_item")(**request)
    except ClientError as error:
        return error.response["Error"]["Code"], [reason["Code"] for reason in error.response.get("CancellationReasons", [])]
    return "done"


def contents(aws: Backend) -> Any:
    """Return all items, and both indexes as queries show them."""
    items = {key: aws.dynamodb.get_item(TableName=aws.table, Key={"id": text(key)}).get("Item") for key in KEYS}
    due = aws.dynamodb.query(
        TableName=aws.table,
        IndexName="by_due",
        KeyConditionExpression="due = :x AND due_at <= :two",
        ExpressionAttributeValues={":x": text("x"), ":two": number(2)},
    )
    owned = aws.dynamodb.query(
        TableName=aws.table,
        IndexName="by_tenant",
        KeyConditionExpression="tenant = :x",
        ExpressionAttributeValues={":x": text("x")},
        ScanIndexForward=False,
    )
    # DynamoDB does not define the order of items with equal sort keys.
    return items, sorted(due["Items"], key=lambda item: (item["due_at"]["N"], item["id"]["S"])), owned["Items"]


@pytest.fixture(scope="module")
def all_three() -> Iterator[tuple[Backend, ...]]:
    """Create them once, because moto creates tables slowly; each example begins with an empty table."""
    with moto():
        yield moto_backend(), memory_backend(), stored_backend()


@settings(max_examples=80)
@given(operations=OPERATIONS)
def test_all_answer_the_same(all_three: tuple[Backend, ...], operations: list[Any]) -> None:
    reference, *own = all_three
    for aws in all_three:
        for key in KEYS:
            aws.dynamodb.delete_item(TableName=aws.table, Key={"id": text(key)})
    for operation in operations:
        expected = outcome(reference, operation)
        assert [outcome(aws, operation) for aws in own] == [expected] * len(own)
    expected = contents(reference)
    assert [contents(aws) for aws in own] == [expected] * len(own)
