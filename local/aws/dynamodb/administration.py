"""The operations on whole tables."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from local.account import ACCOUNT_ID, REGION
from local.aws.dynamodb import descriptions
from local.aws.dynamodb.catalog import Catalog
from local.aws.dynamodb.errors import Invalid, NotModelled, not_found, refusal
from local.aws.dynamodb.parameters import Parameters, Request, parameters
from local.aws.dynamodb.schema import schema_of
from local.aws.dynamodb.stored_table import StoredTable

Json = dict[str, Any]

MOST_LISTED = 100

# What has no effect on one machine is kept and described.
_CAPACITY = "BillingMode ProvisionedThroughput OnDemandThroughput TableClass SSESpecification"
_NAMED = parameters("TableName")
PARAMETERS: dict[str, Parameters] = {
    "CreateTable": parameters(
        "TableName AttributeDefinitions KeySchema", f"GlobalSecondaryIndexes DeletionProtectionEnabled StreamSpecification {_CAPACITY}"
    ),
    "UpdateTable": parameters("TableName", f"AttributeDefinitions GlobalSecondaryIndexUpdates DeletionProtectionEnabled {_CAPACITY}"),
    "DescribeTable": _NAMED,
    "DeleteTable": _NAMED,
    "ListTables": parameters("", "ExclusiveStartTableName Limit"),
    "UpdateTimeToLive": parameters("TableName TimeToLiveSpecification"),
    "DescribeTimeToLive": _NAMED,
    "UpdateContinuousBackups": parameters("TableName PointInTimeRecoverySpecification"),
    "DescribeContinuousBackups": _NAMED,
}


def arn_of(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}"


def create_table(catalog: Catalog, request: Request) -> Json:
    if request["TableName"] in catalog:
        raise refusal("ResourceInUseException", f"Table already exists: {request['TableName']}")
    if request.get("StreamSpecification", {}).get("StreamEnabled"):
        raise NotModelled("a table with a stream; --tables moto keeps such a table in memory")
    schema_of(request)
    catalog.add({**request, "TableId": str(uuid4()), "CreationDateTime": time.time()})
    return {"TableDescription": _described(catalog, request["TableName"])}


def update_table(catalog: Catalog, request: Request) -> Json:
    """Change settings, and create or delete indexes, which are built at once."""
    name = _name(catalog, request)
    before, settings = catalog[name], catalog.settings(name)
    changed = {key: value for key, value in request.items() if key not in ("TableName", "GlobalSecondaryIndexUpdates")}
    indexes = _updated_indexes(settings.get("GlobalSecondaryIndexes", []), request.get("GlobalSecondaryIndexUpdates", []))
    changed |= {"GlobalSecondaryIndexes": indexes, "AttributeDefinitions": _definitions(settings, indexes, request)}
    schema_of(settings | changed)
    catalog.change(name, **changed)
    _rebuild(before, catalog[name])
    return {"TableDescription": _described(catalog, name)}


def _rebuild(before: StoredTable, table: StoredTable) -> None:
    for name in before.indexes.keys() - table.indexes.keys():
        table.remove_index(name)
    for name in table.indexes.keys() - before.indexes.keys():
        table.build(table.indexes[name])


def _updated_indexes(indexes: list[Json], updates: list[Json]) -> list[Json]:
    for update in updates:
        match update:
            case {"Create": index}:
                indexes = [*indexes, index]
            case {"Delete": {"IndexName": gone}} if gone in {each["IndexName"] for each in indexes}:
                indexes = [each for each in indexes if each["IndexName"] != gone]
            case {"Delete": {"IndexName": gone}}:
                raise not_found(f"Requested resource not found: Index: {gone} not found")
            case _:
                raise NotModelled(f"the update {', '.join(update)} of an index")
    return indexes


def _definitions(settings: Json, indexes: list[Json], request: Request) -> list[Json]:
    """Return the definitions of the attributes that keys use; a definition cannot change its type."""
    defined = {each["AttributeName"]: each for each in settings["AttributeDefinitions"]}
    for each in request.get("AttributeDefinitions", ()):
        if defined.setdefault(each["AttributeName"], each) != each:
            raise Invalid(f"One or more parameter values were invalid: the attribute {each['AttributeName']} has another type")
    used = {key["AttributeName"] for keyed in (settings, *indexes) for key in keyed["KeySchema"]}
    return [each for name, each in defined.items() if name in used]


def describe_table(catalog: Catalog, request: Request) -> Json:
    return {"Table": _described(catalog, _name(catalog, request))}


def delete_table(catalog: Catalog, request: Request) -> Json:
    name = _name(catalog, request)
    if catalog.settings(name).get("DeletionProtectionEnabled"):
        raise Invalid(
            f"Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first: {name}"
        )
    described = _described(catalog, name)
    catalog.remove(name)
    return {"TableDescription": {**described, "TableStatus": "DELETING"}}


def list_tables(catalog: Catalog, request: Request) -> Json:
    limit, start = request.get("Limit", MOST_LISTED), request.get("ExclusiveStartTableName", "")
    if not 0 < limit <= MOST_LISTED:
        raise Invalid(f"Value '{limit}' at 'limit' must be between 1 and {MOST_LISTED}")
    names = [name for name in catalog if name > start]
    more = {"LastEvaluatedTableName": names[limit - 1]} if len(names) > limit else {}
    return {"TableNames": names[:limit], **more}


def update_time_to_live(catalog: Catalog, request: Request) -> Json:
    name, wanted = _name(catalog, request), request["TimeToLiveSpecification"]
    if not isinstance(wanted, dict) or not isinstance(wanted.get("AttributeName"), str) or not isinstance(wanted.get("Enabled"), bool):
        raise Invalid("TimeToLiveSpecification needs AttributeName and Enabled")
    present = catalog.settings(name).get("TimeToLiveSpecification", {"Enabled": False})
    if present["Enabled"] and wanted["Enabled"] and present != wanted:
        raise Invalid(f"TimeToLive is active on a different AttributeName: current AttributeName is {present['AttributeName']}")
    if present["Enabled"] == wanted["Enabled"]:
        raise Invalid(f"TimeToLive is already {'enabled' if wanted['Enabled'] else 'disabled'}")
    catalog.change(name, TimeToLiveSpecification=wanted)
    catalog[name].build_expiry()
    return {"TimeToLiveSpecification": wanted}


def describe_time_to_live(catalog: Catalog, request: Request) -> Json:
    return descriptions.time_to_live(catalog.settings(_name(catalog, request)))


def update_continuous_backups(catalog: Catalog, request: Request) -> Json:
    name = _name(catalog, request)
    catalog.change(name, PointInTimeRecoverySpecification=request["PointInTimeRecoverySpecification"])
    return descriptions.continuous_backups(catalog.settings(name))


def describe_continuous_backups(catalog: Catalog, request: Request) -> Json:
    return descriptions.continuous_backups(catalog.settings(_name(catalog, request)))


def _name(catalog: Catalog, request: Request) -> str:
    name: str = request["TableName"]
    if name not in catalog:
        raise not_found(f"Requested resource not found: Table: {name} not found")
    return name


def _described(catalog: Catalog, name: str) -> Json:
    return descriptions.table(catalog.settings(name), arn_of(name), *catalog[name].count())


RUN: dict[str, Callable[[Catalog, Request], Json]] = {
    "CreateTable": create_table,
    "UpdateTable": update_table,
    "DescribeTable": describe_table,
    "DeleteTable": delete_table,
    "ListTables": list_tables,
    "UpdateTimeToLive": update_time_to_live,
    "DescribeTimeToLive": describe_time_to_live,
    "UpdateContinuousBackups": update_continuous_backups,
    "DescribeContinuousBackups": describe_continuous_backups,
}
