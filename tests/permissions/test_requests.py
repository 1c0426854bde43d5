"""What DynamoDB refuses, form by form; each row was accepted by moto or would be found only there."""

from typing import Any

import pytest

from tests.permissions.requests import MOST_PARTS, Keys, attributes_of, refusals

TABLE = {
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "due", "AttributeType": "S"},
        {"AttributeName": "due_at", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {"IndexName": "by_due", "KeySchema": [{"AttributeName": "due", "KeyType": "HASH"}, {"AttributeName": "due_at", "KeyType": "RANGE"}]}
    ],
}
TABLES = {"T": Keys.read(TABLE)}
KEY = {"id": {"S": "one"}}
N1 = {"N": "1"}


def update(text: str, condition: str = "", names: dict[str, str] | None = None, **values: Any) -> dict[str, Any]:
    """Return an UpdateItem; values are named without their colon."""
    request: dict[str, Any] = {"TableName": "T", "Key": KEY, "UpdateExpression": text}
    request |= {"ConditionExpression": condition} if condition else {}
    request |= {"ExpressionAttributeNames": names} if names is not None else {}
    return request | ({"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {})


def query(condition: str, index: str = "by_due", **more: Any) -> dict[str, Any]:
    used = {":d": {"S": "video"}} | ({":n": N1} if ":n" in condition + str(more) else {})
    return {"TableName": "T", "IndexName": index, "KeyConditionExpression": condition, "ExpressionAttributeValues": used, **more}


def put(**item: Any) -> dict[str, Any]:
    return {"TableName": "T", "Item": KEY | item}


ACCEPTED = [
    ("UpdateItem", update("SET #a = :v, b = if_not_exists(b, :v) REMOVE c ADD d :v", "attribute_not_exists(e)", {"#a": "status"}, v=N1)),
    ("UpdateItem", update("SET a.b = :v, a.c = :v, l[0] = :v", v=N1)),
    ("UpdateItem", update("SET due_at = :v", "(a = :v OR b = :v) AND NOT c IN (:v, :w)", v=N1, w=N1)),
    ("PutItem", put(due={"S": "video"}, due_at=N1, tags={"SS": ["a", "b"]}, empty={"S": ""})),
    ("GetItem", {"TableName": "T", "Key": KEY, "ConsistentRead": True}),
    ("BatchGetItem", {"RequestItems": {"T": {"Keys": [KEY, {"id": {"S": "two"}}], "ConsistentRead": True}}}),
    ("Query", query("due = :d AND due_at <= :n")),
    ("TransactWriteItems", {"TransactItems": [{"Update": update("SET a = :v", v=N1)}, {"Put": put(id={"S": "two"})}]}),
]
REFUSED = [
    ("UpdateItem", update("SET status = :v", v=N1), "the reserved word status"),
    ("UpdateItem", update("SET a = :v", "attribute_exists(Name)", v=N1), "the reserved word Name"),
    ("UpdateItem", update("SET a.status = :v", v=N1), "the reserved word status"),
    ("UpdateItem", update("SET a = :v, b = :w", v=N1), ":w is not defined"),
    ("UpdateItem", update("SET a = :v", v=N1, w=N1), ":w is not used"),
    ("UpdateItem", update("SET a = :v", v=N1, va=N1), ":va is not used"),
    ("UpdateItem", update("SET #a = :v", v=N1), "#a is not defined"),
    ("UpdateItem", update("SET a = :v", names={"#b": "b"}, v=N1), "#b is not used"),
    ("UpdateItem", update("REMOVE a", names={}), "ExpressionAttributeNames is empty"),
    ("UpdateItem", update("SET id = :v", v={"S": "two"}), "an update of the key id"),
    ("UpdateItem", update("SET #k = :v", names={"#k": "id"}, v={"S": "two"}), "an update of the key id"),
    ("UpdateItem", update("SET a = :v REMOVE a", v=N1), "a written twice"),
    ("UpdateItem", update("SET a = :v SET b = :v", v=N1), "a clause twice"),
    ("UpdateItem", update("SET a = 1"), "the literal 1"),
    ("UpdateItem", update(""), "nothing"),
    ("UpdateItem", update("SET a = :v", "exists(a)", v=N1), "the unknown function exists"),
    ("UpdateItem", update("SET a = :v", "a = :v; b = :v", v=N1), "the character ;"),
    ("UpdateItem", update("SET a = :v", "((a = :v))", v=N1), "redundant parentheses"),
    ("UpdateItem", update("SET a = :v", ":v = :v", v=N1), ":v compared with itself"),
    ("UpdateItem", update("SET a = :v", f"a IN ({', '.join([':v'] * 101)})", v=N1), "more than 100 choices"),
    ("UpdateItem", update("SET a = :v", " OR ".join(["bbbbb = :v"] * 500), v=N1), "more than 4 KB"),
    ("UpdateItem", update("SET due_at = :v", v={"S": "1"}), "due_at of type S instead of N"),
    ("UpdateItem", update("SET due = :v", v={"S": ""}), "an empty due, which is a key"),
    ("UpdateItem", update("SET a = :v", v={"SS": []}), "an empty set as :v"),
    ("UpdateItem", update("SET a = :v", v={"M": {"b": {"L": [{"NS": []}]}}}), "an empty set as :v"),
    ("UpdateItem", update("SET a = :v", v={"SS": ["b", "b"]}), "a set with a value twice as :v"),
    ("UpdateItem", update("SET a = :v", v={"N": "1" * 39}), "the number"),
    ("UpdateItem", update("SET a = :v", v={"N": "NaN"}), "the number NaN"),
    ("PutItem", {"TableName": "T", "Item": {"a": N1}}, "an item without the key id"),
    ("PutItem", put(due={"NULL": True}), "due of type NULL instead of S"),
    ("PutItem", put(text={"S": "ü" * 205_000}), "an item of more than 400 KB"),
    ("GetItem", {"TableName": "T", "Key": KEY | {"due": {"S": "x"}}}, "the key ['due', 'id'] instead of ['id']"),
    ("GetItem", {"TableName": "T", "Key": {"id": {"S": ""}}}, "an empty id, which is a key"),
    ("BatchGetItem", {"RequestItems": {"T": {"Keys": [KEY, KEY]}}}, "a key twice in a batch"),
    ("BatchGetItem", {"RequestItems": {"T": {"Keys": []}}}, "0 keys in a batch"),
    ("BatchGetItem", {"RequestItems": {"T": {"Keys": [{"id": {"S": ""}}]}}}, "an empty id, which is a key"),
    ("Query", query("due_at <= :n AND tenant = :d"), "no equality of due"),
    ("Query", query("due = :d AND other = :n"), "other = in the condition"),
    ("Query", query("due = :d", "by_name"), "the unknown index by_name"),
    ("Query", query("due = :d", ConsistentRead=True), "a consistent read of an index"),
    ("Query", query("due = :d", FilterExpression="due_at > :n"), "a filter by the key due_at"),
    ("TransactWriteItems", {"TransactItems": []}, "0 parts"),
    ("TransactWriteItems", {"TransactItems": [{"Put": put()}] * (MOST_PARTS + 1)}, "101 parts"),
    ("TransactWriteItems", {"TransactItems": [{"Put": put()}, {"Update": update("REMOVE a")}]}, "two parts of a transaction on one item"),
    ("TransactWriteItems", {"TransactItems": [{"Put": put()}], "ClientRequestToken": "x" * 37}, "a client token"),
    (
        "TransactWriteItems",
        {"TransactItems": [{"Put": put(id={"S": str(n)}, text={"S": "x" * 390_000})} for n in range(11)]},
        "a transaction of more than 4 MB",
    ),
]


@pytest.mark.parametrize(("operation", "parameters"), ACCEPTED)
def test_what_dynamodb_takes_is_accepted(operation: str, parameters: dict[str, Any]) -> None:
    assert refusals(operation, parameters, TABLES) == []


@pytest.mark.parametrize(("operation", "parameters", "reason"), REFUSED)
def test_what_dynamodb_refuses_is_refused(operation: str, parameters: dict[str, Any], reason: str) -> None:
    assert [found for found in refusals(operation, parameters, TABLES) if found.startswith(reason)]


def test_the_attributes_of_a_request_are_those_of_its_expressions_and_its_key() -> None:
    request = update("SET #a = :v, link = :v", "attribute_exists(tenant)", {"#a": "status"}, v=N1)
    assert attributes_of(request) == {"status", "link", "tenant", "id"}
