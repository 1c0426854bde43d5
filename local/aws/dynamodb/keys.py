"""Read keys, expressions' values and projections from a request."""

from collections.abc import Callable

from local.aws.dynamodb.errors import Invalid, NotModelled
from local.aws.dynamodb.expressions.projections import projection
from local.aws.dynamodb.expressions.reader import Parsed, Scope, named
from local.aws.dynamodb.parameters import Request
from local.aws.dynamodb.schema import LONGEST_HASH_KEY, LONGEST_RANGE_KEY, SEPARATOR, check_key_size
from local.aws.dynamodb.table import Table
from local.aws.dynamodb.values import Item, Value, normal_item

_NOTHING: dict[str, str] = {}
_NO_KEY = "The provided key element does not match the schema"


def key_of(table: Table, attributes: Item, *, whole: bool = True) -> str:
    """Return the key's value, or both values in their order as one text; `whole` forbids other attributes."""
    if whole and len(attributes) != len(table.keys):
        raise Invalid(_NO_KEY)
    return SEPARATOR.join(
        _key_text(name, attributes.get(name), longest, whole=whole)
        for name, longest in zip(table.keys, (LONGEST_HASH_KEY, LONGEST_RANGE_KEY), strict=False)
    )


def _key_text(name: str, value: Value | None, longest: int, *, whole: bool) -> str:
    if value is None:
        raise Invalid(_NO_KEY if whole else f"One or more parameter values were invalid: Missing the key {name} in the item")
    if not isinstance(value, dict) or not isinstance(value.get("S"), str) or len(value) != 1:
        raise Invalid(_NO_KEY if whole else f"One or more parameter values were invalid: Type mismatch for key {name} expected: S")
    key: str = value["S"]
    if not key:
        raise Invalid(
            "One or more parameter values are not valid. "
            f"The AttributeValue for a key attribute cannot contain an empty string value. Key: {name}"
        )
    if SEPARATOR in key:
        raise NotModelled(f"a key with a NUL character, in {name}")
    check_key_size(key, longest)
    return key


def key_item(table: Table, key: str) -> Item:
    """Return the attributes of a key."""
    return {name: {"S": part} for name, part in zip(table.keys, key.split(SEPARATOR), strict=True)}


def scope_of(request: Request, item: Item | None) -> Scope:
    """Return the data of a request's expressions."""
    return Scope(item or {}, request.get("ExpressionAttributeNames", {}), normal_item(request.get("ExpressionAttributeValues", {})))


def check_placeholders(request: Request, *parsed: Parsed) -> None:
    """Refuse placeholders without a value and values without a placeholder, like DynamoDB."""
    if not parsed and "ExpressionAttributeNames" not in request and "ExpressionAttributeValues" not in request:
        return
    _match_up(request, "ExpressionAttributeNames", set().union(*(each.names for each in parsed)), "name used in the document path")
    _match_up(request, "ExpressionAttributeValues", set().union(*(each.values for each in parsed)), "value used in expression")
    if not all(isinstance(name, str) for name in request.get("ExpressionAttributeNames", {}).values()):
        raise Invalid("ExpressionAttributeNames must map to names")


def _match_up(request: Request, member: str, used: set[str], what: str) -> None:
    given = request.get(member, _NOTHING).keys()
    if used == given:
        return
    if missing := used - given:
        raise Invalid(f"Invalid expression: An expression attribute {what} is not defined; attribute {what.split()[0]}: {min(missing)}")
    if unused := given - used:
        raise Invalid(f"Value provided in {member} unused in expressions: keys: {{{', '.join(sorted(unused))}}}")


def projected(request: Request, *others: Parsed) -> Callable[[Item], Item]:
    """Return what reduces an item to the attributes of a ProjectionExpression; the placeholders of `others` are also known."""
    text = request.get("ProjectionExpression")
    if text is None:
        check_placeholders(request, *others)
        return _whole
    wanted = projection(text)
    check_placeholders(request, wanted, *others)
    names = projected_names(request, wanted)
    return lambda item: {name: item[name] for name in names if name in item}


def _whole(item: Item) -> Item:
    return item


def projected_names(request: Request, wanted: Parsed) -> list[str]:
    """Return the attributes of a projection; raises Invalid if one is named twice."""
    scope = Scope({}, request.get("ExpressionAttributeNames", {}), {})
    names = [named(scope, path) for path in wanted.paths]
    if len(set(names)) < len(names):
        raise Invalid("Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths")
    return names
