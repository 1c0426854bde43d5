"""Conversion between DynamoDB's typed items and plain Python values."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

_serialize: Callable[[Any], Any] = TypeSerializer().serialize
_deserialize: Callable[[Any], Any] = TypeDeserializer().deserialize

# DynamoDB's numbers have up to 38 digits; boto3 refuses longer ones.
_EXACT = 10**38


def typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Convert an item or expression values for the low-level client."""
    return {name: _typed(value) for name, value in values.items()}


def _typed(value: Any) -> Any:
    # What items mostly consist of, without boto3's long row of questions.
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, dict):
        return {"M": typed(value)}
    if isinstance(value, list):
        return {"L": [_typed(each) for each in value]}
    if type(value) is int and abs(value) < _EXACT:  # a bool is another type
        return {"N": str(value)}
    return _serialize(value)


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Convert an item to Python values; every stored number is an integer."""
    result: dict[str, Any] = _whole({name: _deserialize(value) for name, value in item.items()})
    return result


def _whole(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return value
