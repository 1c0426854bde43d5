"""Attribute values as on the wire, such as {"S": "text"}: which are valid, their normal form, their size and their order."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from local.aws.dynamodb import numbers
from local.aws.dynamodb.errors import Invalid

Value = dict[str, Any]
Item = dict[str, Value]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
LARGEST_ITEM = 400 * 1024
DEEPEST = 32
ORDERED = frozenset("SNB")


def normal_item(item: object) -> Item:
    """Return the item with all numbers in DynamoDB's form, the same object if they are; raises Invalid."""
    if not isinstance(item, dict):
        raise Invalid("Attributes must be a map of names to values")
    changed = {}
    for name, value in item.items():
        # Nearly all attributes are texts, and every write comes through here.
        if type(value) is dict and len(value) == 1 and type(value.get("S")) is str:
            continue
        new = normal(value)
        if new is not value:
            changed[name] = new
    return {**item, **changed} if changed else item


def normal(value: object, depth: int = 0) -> Value:
    """Return the value with all numbers in DynamoDB's form, the same object if they are; raises Invalid."""
    if not isinstance(value, dict) or len(value) != 1:
        raise Invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
    ((kind, inner),) = value.items()
    if kind not in _NORMAL:
        raise Invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
    if depth > DEEPEST:
        raise Invalid("Nesting Levels have exceeded supported limits: attributes have nested beyond supported limit")
    new = _NORMAL[kind](inner, depth)
    return value if new is inner else {kind: new}


def _text(inner: object, depth: int) -> object:
    if not isinstance(inner, str):
        raise Invalid("The type of the value does not match its datatype S")
    return inner


def _bytes(inner: object, depth: int) -> object:
    try:
        base64.b64decode(inner, validate=True)  # type: ignore[arg-type]  # anything else raises, too
    except (binascii.Error, TypeError, ValueError):
        raise Invalid("The value of datatype B is no base64") from None
    return inner


def _boolean(inner: object, depth: int) -> object:
    if not isinstance(inner, bool):
        raise Invalid("The type of the value does not match its datatype BOOL")
    return inner


def _null(inner: object, depth: int) -> object:
    if inner is not True:
        raise Invalid("One or more parameter values were invalid: Null attribute value types must have the value of true")
    return inner


def _map(inner: object, depth: int) -> object:
    if not isinstance(inner, dict):
        raise Invalid("The type of the value does not match its datatype M")
    changed = {name: new for name, value in inner.items() if (new := normal(value, depth + 1)) is not value}
    return {**inner, **changed} if changed else inner


def _list(inner: object, depth: int) -> object:
    if not isinstance(inner, list):
        raise Invalid("The type of the value does not match its datatype L")
    new = [normal(value, depth + 1) for value in inner]
    return inner if all(one is other for one, other in zip(new, inner, strict=True)) else new


def _set(what: str, member: Callable[[object], Any]) -> Callable[[object, int], object]:
    def normal_set(inner: object, depth: int) -> object:
        if not isinstance(inner, list):
            raise Invalid(f"The type of the value does not match its datatype, a {what.lower()} set")
        if not inner:
            raise Invalid(f"One or more parameter values were invalid: An {what.lower()} set  may not be empty")
        new = [member(each) for each in inner]
        if len(set(new)) < len(new):
            raise Invalid("One or more parameter values were invalid: Input collection contains duplicates.")
        return inner if new == inner else new

    return normal_set


_NORMAL: dict[str, Callable[[Any, int], object]] = {
    "S": _text,
    "N": lambda inner, depth: numbers.normal_number(inner),
    "B": _bytes,
    "BOOL": _boolean,
    "NULL": _null,
    "M": _map,
    "L": _list,
    "SS": _set("String", lambda each: _text(each, 0)),
    "NS": _set("Number", numbers.normal_number),
    "BS": _set("Binary", lambda each: _bytes(each, 0)),
}


def comparable(value: Value) -> Any:
    """Return a normal value that Python can compare with others of its type."""
    ((kind, inner),) = value.items()
    match kind:
        case "N":
            return numbers.number(inner)
        case "B":
            return base64.b64decode(inner)
        case "SS" | "NS" | "BS":
            return frozenset(inner)
        case "M":
            return {name: (*each, comparable(each)) for name, each in inner.items()}
        case "L":
            return [(*each, comparable(each)) for each in inner]
    return inner


def sortable(value: Value) -> str | bytes:
    """Return a normal value of an ordered type as text or bytes that sort like it, the text by its UTF-8."""
    ((kind, inner),) = value.items()
    if kind == "N":
        return numbers.sortable(inner)
    return base64.b64decode(inner) if kind == "B" else str(inner)


def size_of(item: Item) -> int:
    """Return the bytes that DynamoDB counts.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    size = 0
    for name, value in item.items():
        text = value.get("S")
        size += len(name) if name.isascii() else len(name.encode())
        size += size_of_value(value) if text is None else len(text) if text.isascii() else len(text.encode())
    return size


def size_of_value(value: Value) -> int:
    ((kind, inner),) = value.items()
    match kind:
        case "S":
            return _utf8(inner)
        case "N":
            return _number_size(inner)
        case "B":
            return len(base64.b64decode(inner))
        case "SS" | "NS" | "BS":
            return sum(size_of_value({kind[0]: each}) for each in inner)
        case "M":
            return 3 + size_of(inner) + len(inner)
        case "L":
            return 3 + sum(1 + size_of_value(each) for each in inner)
    return 1


def _utf8(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _number_size(text: str) -> int:
    """One byte for two digits, and one more."""
    return len(text.strip("-0.")) // 2 + 2
