"""Keys and indexes of a table, as CreateTable describes them."""

import re
from dataclasses import dataclass
from typing import Any

from local.aws.dynamodb.errors import Invalid, NotModelled
from local.aws.dynamodb.values import Item

Json = dict[str, Any]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
LONGEST_HASH_KEY, LONGEST_RANGE_KEY = 2_048, 1_024
# Between the two values of a key that are kept as one text: below every other character, so that such texts have the order of the keys.
SEPARATOR = "\0"


@dataclass
class Index:
    """A global secondary index; it contains only items with both of its keys.

    `included` names the attributes that it shows in addition to the keys; None means all. It cannot be read while it is filled.
    """

    name: str
    hash_key: str
    range_key: str | None = None
    hash_type: str = "S"
    range_type: str = "S"
    included: tuple[str, ...] | None = None
    is_backfilling: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.hash_key, self.range_key) if self.range_key else (self.hash_key,)

    @property
    def types(self) -> dict[str, str]:
        return {self.hash_key: self.hash_type} | ({self.range_key: self.range_type} if self.range_key else {})

    def shown(self, item: Item, keys: tuple[str, ...]) -> Item:
        """Return an item as the index shows it; `keys` are the table's."""
        if self.included is None:
            return item
        return {name: item[name] for name in (*keys, *self.keys, *self.included) if name in item}

    def check(self, item: Item) -> None:
        """Refuse an item whose keys do not fit; one without them is not in the index."""
        for name, kind in self.types.items():
            if name not in item:
                continue
            if kind not in item[name]:
                raise Invalid(
                    f"One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: {kind} "
                    f"Actual: {next(iter(item[name]))} IndexName: {self.name}"
                )
            if not item[name][kind]:
                raise Invalid(
                    "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The "
                    f"AttributeValue for a key attribute cannot contain an empty string value. IndexName: {self.name}, IndexKey: {name}"
                )
            check_key_size(item[name][kind], LONGEST_HASH_KEY if name == self.hash_key else LONGEST_RANGE_KEY)


@dataclass
class Schema:
    """A table's name, the one or two texts of its key, its indexes, and the attribute that says when an item expires."""

    name: str
    keys: tuple[str, ...]
    indexes: dict[str, Index]
    expiry: str | None = None

    def key_text(self, item: Item) -> str:
        """Return the key of an item as one text."""
        return SEPARATOR.join(item[name]["S"] for name in self.keys)


def check_key_size(text: str, longest: int) -> None:
    """Refuse a key that is too long; base64 counts as it is written, which no limit of ours comes near."""
    if len(text) * 4 > longest and len(text.encode()) > longest:
        what = "hashkey" if longest == LONGEST_HASH_KEY else "rangekey"
        raise Invalid(f"One or more parameter values were invalid: Size of {what} has exceeded the maximum size limit of {longest} bytes")


def schema_of(creation: Json) -> Schema:
    """Read the parameters of CreateTable; raises Invalid, or NotModelled for a table that is not kept here."""
    name = creation["TableName"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Invalid("TableName must be at least 3 characters long and at most 255 characters long, of a-z, A-Z, 0-9, '_', '-' and '.'")
    types = {each["AttributeName"]: each["AttributeType"] for each in creation.get("AttributeDefinitions", ())}
    keys = tuple(filter(None, _keys(creation, types)))
    if any(types[key] != "S" for key in keys):
        raise NotModelled(f"the table {name}, whose key is not a text; --tables moto keeps such a table in memory")
    indexes = [_index(each, types) for each in creation.get("GlobalSecondaryIndexes") or ()]
    if len({index.name for index in indexes}) < len(indexes):
        raise Invalid("One or more parameter values were invalid: Duplicate index name")
    if indexes and len(keys) > 1:
        raise NotModelled(f"the table {name}, which has a key of two parts and indexes; --tables moto keeps such a table in memory")
    _check_definitions(types, {*keys, *(name for index in indexes for name in index.keys)})
    living = creation.get("TimeToLiveSpecification", {})
    expiry = living.get("AttributeName") if living.get("Enabled") else None
    return Schema(name, keys, {index.name: index for index in indexes}, expiry)


def _keys(described: Json, types: Json) -> tuple[str, str | None]:
    kinds = {part["KeyType"]: part["AttributeName"] for part in described.get("KeySchema", ())}
    if "HASH" not in kinds or not kinds.keys() <= {"HASH", "RANGE"} or len(kinds) != len(described["KeySchema"]):
        raise Invalid("Invalid KeySchema: it must have one HASH key, and may have one RANGE key")
    if undefined := [name for name in kinds.values() if types.get(name) not in ("S", "N", "B")]:
        raise Invalid(f"One or more parameter values were invalid: Some index key attributes are not defined: {undefined[0]}")
    return kinds["HASH"], kinds.get("RANGE")


def _index(described: Json, types: Json) -> Index:
    hash_key, range_key = _keys(described, types)
    projection = described.get("Projection") or {}
    included = {"ALL": None, "KEYS_ONLY": (), "INCLUDE": tuple(projection.get("NonKeyAttributes", ()))}
    if projection.get("ProjectionType") not in included:
        raise Invalid(f"One or more parameter values were invalid: Unknown ProjectionType of {described.get('IndexName')}")
    shown = included[projection["ProjectionType"]]
    return Index(described["IndexName"], hash_key, range_key, types[hash_key], types.get(range_key or "", "S"), shown)


def _check_definitions(types: Json, used: set[str]) -> None:
    if unused := types.keys() - used:
        raise Invalid(
            "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes "
            f"defined in AttributeDefinitions: {', '.join(sorted(unused))}"
        )
