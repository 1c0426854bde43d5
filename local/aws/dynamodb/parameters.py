"""Which parameters each operation takes: a missing one, one of another type or an unknown one is refused by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.aws.dynamodb.errors import Invalid, NotModelled

Request = dict[str, Any]

_NAMES: Mapping[type, str] = {
    str: (
        "TableName IndexName Select ReturnValues ReturnValuesOnConditionCheckFailure ClientRequestToken ConditionExpression "
        "UpdateExpression FilterExpression KeyConditionExpression ProjectionExpression BillingMode TableClass ExclusiveStartTableName"
    ),
    bool: "ConsistentRead ScanIndexForward DeletionProtectionEnabled",
    int: "Limit",
    list: "TransactItems AttributeDefinitions KeySchema GlobalSecondaryIndexes GlobalSecondaryIndexUpdates Keys",
    dict: (
        "Key Item ExclusiveStartKey ExpressionAttributeNames ExpressionAttributeValues RequestItems ProvisionedThroughput "
        "OnDemandThroughput SSESpecification StreamSpecification TimeToLiveSpecification PointInTimeRecoverySpecification"
    ),
}
_TYPES = {name: kind for kind, names in _NAMES.items() for name in names.split()}
# Reports that are not made here; a client that asks for none gets what it asked for.
_REPORTS = ("ReturnConsumedCapacity", "ReturnItemCollectionMetrics")


@dataclass(frozen=True)
class Parameters:
    """Of one operation, or of one part of it; `one_of` holds the values that are known of some."""

    required: frozenset[str]
    types: Mapping[str, type]
    one_of: Mapping[str, tuple[str, ...]]

    def check(self, request: Request) -> None:
        """Raise Invalid for what DynamoDB refuses, and NotModelled for what it may accept."""
        if missing := self.required - request.keys():
            raise Invalid(f"Value null at '{min(missing)}' failed to satisfy constraint: Member must not be null")
        for name, value in request.items():
            if type(value) is not self.types.get(name):
                self._refuse(name, value)
            elif name in self.one_of and value not in self.one_of[name]:
                raise Invalid(f"Value '{value}' at '{name}' failed to satisfy constraint: Member must be one of {self.one_of[name]}")

    def _refuse(self, name: str, value: object) -> None:
        if name in self.types:
            raise Invalid(f"The type of the parameter {name} is not {self.types[name].__name__}")
        if name not in _REPORTS or value != "NONE":
            raise NotModelled(f"the parameter {name}")


def parameters(required: str, optional: str = "", **one_of: tuple[str, ...]) -> Parameters:
    """Build from names that spaces separate."""
    known = (*required.split(), *optional.split(), *one_of)
    return Parameters(frozenset(required.split()), {name: _TYPES[name] for name in known}, one_of)


_CONDITIONAL = "ConditionExpression ExpressionAttributeNames ExpressionAttributeValues"
_ON_FAILURE = {"ReturnValuesOnConditionCheckFailure": ("NONE", "ALL_OLD")}
_READING = "ExclusiveStartKey Limit FilterExpression ProjectionExpression ExpressionAttributeNames ExpressionAttributeValues ConsistentRead"
_PROJECTED = "ProjectionExpression ExpressionAttributeNames"
_SELECTS = {"Select": ("ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES")}
_OLD = {"ReturnValues": ("NONE", "ALL_OLD")}
_ANY = {"ReturnValues": ("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")}

OPERATIONS: Mapping[str, Parameters] = {
    "GetItem": parameters("TableName Key", f"ConsistentRead {_PROJECTED}"),
    "PutItem": parameters("TableName Item", _CONDITIONAL, **_OLD, **_ON_FAILURE),
    "UpdateItem": parameters("TableName Key", f"UpdateExpression {_CONDITIONAL}", **_ANY, **_ON_FAILURE),
    "DeleteItem": parameters("TableName Key", _CONDITIONAL, **_OLD, **_ON_FAILURE),
    "Query": parameters("TableName KeyConditionExpression", f"IndexName ScanIndexForward {_READING}", **_SELECTS),
    "Scan": parameters("TableName", _READING, **_SELECTS),
    "TransactWriteItems": parameters("TransactItems", "ClientRequestToken"),
    "TransactGetItems": parameters("TransactItems"),
    "BatchGetItem": parameters("RequestItems"),
    "BatchWriteItem": parameters("RequestItems"),
}
# The parts of a transaction or a batch.
PARTS: Mapping[str, Parameters] = {
    "Put": parameters("TableName Item", _CONDITIONAL, **_ON_FAILURE),
    "Update": parameters("TableName Key UpdateExpression", _CONDITIONAL, **_ON_FAILURE),
    "Delete": parameters("TableName Key", _CONDITIONAL, **_ON_FAILURE),
    "ConditionCheck": parameters("TableName Key ConditionExpression", _CONDITIONAL, **_ON_FAILURE),
    "Get": parameters("TableName Key", _PROJECTED),
    "PutRequest": parameters("Item"),
    "DeleteRequest": parameters("Key"),
    "KeysAndAttributes": parameters("Keys", f"ConsistentRead {_PROJECTED}"),
}


def part_of(given: object, *kinds: str) -> tuple[str, Request]:
    """Return the kind and the checked parameters of an object that must hold one of these kinds alone."""
    if not isinstance(given, dict) or len(given) != 1 or not isinstance(next(iter(given.values())), dict):
        raise Invalid(f"Each part must contain exactly one of {', '.join(kinds)}")
    ((kind, request),) = given.items()
    if kind not in kinds:
        raise Invalid(f"Each part must contain exactly one of {', '.join(kinds)}, not {kind}")
    PARTS[kind].check(request)
    return kind, request
