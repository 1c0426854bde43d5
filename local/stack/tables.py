"""Create tables, or update those that a state folder already has, as CloudFormation would."""

from typing import Any

from local.stack.context import Properties, StackContext
from local.stack.intrinsics import CreatedResource

CREATION = (
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
    "ProvisionedThroughput",
    "DeletionProtectionEnabled",
)


def table(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    """Create a table; one that exists keeps its items, and gets the template's indexes and settings."""
    dynamodb = context.client("dynamodb")
    name = properties.get("TableName", context.physical_name(logical_id))
    creation = {key: properties[key] for key in CREATION if key in properties}
    stream = properties.get("StreamSpecification")
    if stream:
        creation["StreamSpecification"] = {"StreamEnabled": True, **stream}
    try:
        description = dynamodb.create_table(TableName=name, **creation)["TableDescription"]
    except dynamodb.exceptions.ResourceInUseException:
        description = _update(dynamodb, name, creation)
    _set_time_to_live(dynamodb, name, properties.get("TimeToLiveSpecification", {"Enabled": False}))
    if "PointInTimeRecoverySpecification" in properties:
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=properties["PointInTimeRecoverySpecification"])
    attributes = {"Arn": description["TableArn"]}
    if stream:
        attributes["StreamArn"] = description["LatestStreamArn"]
    return CreatedResource(name, attributes)


def _update(dynamodb: Any, name: str, creation: Properties) -> dict[str, Any]:
    """Change an existing table to what the template says; raises ValueError if its key is another one."""
    described = dynamodb.describe_table(TableName=name)["Table"]
    if _keys(described, described) != _keys(creation, creation):
        raise ValueError(
            f"the table {name} exists with the key {_keys(described, described)}, the template has {_keys(creation, creation)}, and a key "
            "cannot be changed; nothing was changed. Use another state folder, or the template of before"
        )
    before, after = _indexes(described), _indexes(creation)
    for index in [index for index, form in before.items() if after.get(index) != form]:
        dynamodb.update_table(TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": index}}])
    for index in creation.get("GlobalSecondaryIndexes", ()):
        if before.get(index["IndexName"]) != after[index["IndexName"]]:
            dynamodb.update_table(
                TableName=name, AttributeDefinitions=creation["AttributeDefinitions"], GlobalSecondaryIndexUpdates=[{"Create": index}]
            )
    protected = creation.get("DeletionProtectionEnabled", False)
    updated: dict[str, Any] = dynamodb.update_table(TableName=name, DeletionProtectionEnabled=protected)["TableDescription"]
    return updated


def _indexes(described: Properties) -> dict[str, Any]:
    """Return what makes an index the same as before: its keys with their types, and what it shows."""
    indexes = described.get("GlobalSecondaryIndexes", ())
    return {index["IndexName"]: (_keys(index, described), index["Projection"]) for index in indexes}


def _keys(described: Properties, table: Properties) -> str:
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    return ", ".join(f"{key['AttributeName']} ({types[key['AttributeName']]} {key['KeyType']})" for key in described["KeySchema"])


def _set_time_to_live(dynamodb: Any, name: str, wanted: Properties) -> None:
    """Change what differs, because DynamoDB refuses to enable what is enabled; another attribute needs both steps."""
    present = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    attribute = wanted["AttributeName"] if wanted["Enabled"] else None
    if present.get("AttributeName") == attribute:
        return
    if "AttributeName" in present:
        off = {"AttributeName": present["AttributeName"], "Enabled": False}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=off)
    if attribute:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"AttributeName": attribute, "Enabled": True})
