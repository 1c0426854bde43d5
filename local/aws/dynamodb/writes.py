"""Conditional writes: what each would change, and the three that are made alone."""

from collections.abc import Callable
from typing import NamedTuple

from local.aws.dynamodb.account import Account, Place
from local.aws.dynamodb.errors import Invalid, refusal
from local.aws.dynamodb.expressions.conditions import condition
from local.aws.dynamodb.expressions.reader import Parsed, Scope
from local.aws.dynamodb.expressions.updates import changed, changed_names, update
from local.aws.dynamodb.keys import check_placeholders, key_item, key_of, scope_of
from local.aws.dynamodb.parameters import Request
from local.aws.dynamodb.table import Table
from local.aws.dynamodb.values import LARGEST_ITEM, Item, normal_item, size_of

Json = dict[str, object]


class Change(NamedTuple):
    """One write that is allowed; it removes the item if there is no new one."""

    table: Table
    key: str
    new: Item | None
    old: Item | None
    names: tuple[str, ...] = ()  # the attributes that an update wrote

    def make(self) -> None:
        self.table.write(self.key, self.new, self.old)


def put_item(account: Account, request: Request) -> Json:
    return _alone("Put", account, request)


def update_item(account: Account, request: Request) -> Json:
    return _alone("Update", account, request)


def delete_item(account: Account, request: Request) -> Json:
    return _alone("Delete", account, request)


def _alone(kind: str, account: Account, request: Request) -> Json:
    table = account.table(request["TableName"])
    account.contention.check_write(place(table, kind, request))
    change = KINDS[kind](table, request)
    change.make()
    return _returned(request.get("ReturnValues", "NONE"), change)


def place(table: Table, kind: str, request: Request) -> Place:
    """Return which item a write is about."""
    return table.name, key_of(table, request["Item" if kind == "Put" else "Key"], whole=kind != "Put")


def _put(table: Table, request: Request) -> Change:
    key = key_of(table, request["Item"], whole=False)
    new = _fitting(table, normal_item(request["Item"]), "Item size has exceeded the maximum allowed size")
    old = table.current(key)
    _check(request, scope_of(request, old))
    return Change(table, key, new, old)


def _update(table: Table, request: Request) -> Change:
    key = key_of(table, request["Key"])
    old = table.current(key)
    change = update(request["UpdateExpression"]) if "UpdateExpression" in request else Parsed()
    scope = scope_of(request, old)
    _check(request, scope, change)
    names = _names(change, scope, table.keys)
    scope.item = old or key_item(table, key)
    new = _fitting(table, changed(change, scope), "Item size to update has exceeded the maximum allowed size")
    return Change(table, key, new, old, names)


def _names(change: Parsed, scope: Scope, keys: tuple[str, ...]) -> tuple[str, ...]:
    names = changed_names(change, scope)
    if len(set(names)) < len(names):
        raise Invalid("Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths")
    if written := [key for key in keys if key in names]:
        raise Invalid(f"One or more parameter values were invalid: Cannot update attribute {written[0]}. This attribute is part of the key")
    return tuple(names)


def _delete(table: Table, request: Request) -> Change:
    key = key_of(table, request["Key"])
    old = table.current(key)
    _check(request, scope_of(request, old))
    return Change(table, key, None, old)


KINDS: dict[str, Callable[[Table, Request], Change]] = {"Put": _put, "Update": _update, "Delete": _delete, "ConditionCheck": _delete}


def _check(request: Request, scope: Scope, change: Parsed | None = None) -> None:
    """Raise AwsError unless the condition holds for the item of the scope."""
    text = request.get("ConditionExpression")
    wanted = condition(text) if text is not None else Parsed()
    check_placeholders(request, wanted, change or Parsed())
    if not wanted.test(scope):
        shown = {"Item": scope.item} if scope.item and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else {}
        raise refusal("ConditionalCheckFailedException", "The conditional request failed", **shown)


def _fitting(table: Table, item: Item, too_large: str) -> Item:
    for index in table.indexes.values():
        index.check(item)
    if size_of(item) > LARGEST_ITEM:
        raise Invalid(too_large)
    return item


def _returned(wanted: str, change: Change) -> Json:
    shown = (change.old if wanted.endswith("_OLD") else change.new) or {}
    match wanted:
        case "NONE":
            return {}
        case "UPDATED_OLD" | "UPDATED_NEW":
            shown = {name: shown[name] for name in change.names if name in shown}
    return {"Attributes": shown} if shown else {}
