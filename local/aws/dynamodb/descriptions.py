"""Describe a table from its settings, as DynamoDB does."""

from typing import Any

Json = dict[str, Any]


def table(settings: Json, arn: str, items: int, size: int) -> Json:
    described: Json = {
        "TableName": settings["TableName"],
        "TableArn": arn,
        "TableId": settings["TableId"],
        "TableStatus": "ACTIVE",
        "CreationDateTime": settings["CreationDateTime"],
        "KeySchema": settings["KeySchema"],
        "AttributeDefinitions": settings["AttributeDefinitions"],
        "DeletionProtectionEnabled": settings.get("DeletionProtectionEnabled", False),
        "ItemCount": items,
        "TableSizeBytes": size,
        **_capacity(settings),
    }
    if indexes := settings.get("GlobalSecondaryIndexes"):
        described["GlobalSecondaryIndexes"] = [_index(each, arn) for each in indexes]
    if "TableClass" in settings:
        described["TableClassSummary"] = {"TableClass": settings["TableClass"]}
    if settings.get("SSESpecification", {}).get("Enabled"):
        described["SSEDescription"] = {"Status": "ENABLED", "SSEType": "KMS"}
    return described


def _capacity(settings: Json) -> Json:
    mode = settings.get("BillingMode", "PROVISIONED")
    given = settings.get("ProvisionedThroughput") or {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    summary = {"BillingModeSummary": {"BillingMode": mode}} if mode == "PAY_PER_REQUEST" else {}
    return {**summary, "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, **given}}


def _index(settings: Json, arn: str) -> Json:
    name = settings["IndexName"]
    shown = {key: settings[key] for key in ("KeySchema", "Projection")}
    return {"IndexName": name, "IndexArn": f"{arn}/index/{name}", "IndexStatus": "ACTIVE", **shown}


def time_to_live(settings: Json) -> Json:
    wanted = settings.get("TimeToLiveSpecification", {"Enabled": False})
    if not wanted["Enabled"]:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": wanted["AttributeName"]}}


def continuous_backups(settings: Json) -> Json:
    enabled = settings.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled", False)
    recovery = {"PointInTimeRecoveryStatus": "ENABLED" if enabled else "DISABLED"}
    return {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}}
