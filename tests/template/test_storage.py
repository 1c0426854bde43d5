"""Storage: private, encrypted, expiring in time, and retained when the stack is deleted."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from cliprelay.orders.not_before import LATEST
from cliprelay.orders.relay_fields import LONGEST_EXPIRY
from tests.support.product_template import product_template
from tests.support.world import template_resources

TEMPLATE: dict[str, Any] = product_template()
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
WEBHOOKS = ["WebhooksTable", "WebhookMasterSecret"]
FUNCTIONS = [name for name, part in RESOURCES.items() if part["Type"] == "AWS::Serverless::Function"]


def test_the_bucket_is_private_encrypted_and_owned_by_the_account() -> None:
    bucket = RESOURCES["VideoBucket"]["Properties"]
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_inputs_videos_posters_and_unfinished_uploads_expire() -> None:
    rules = {rule["Prefix"]: rule for rule in RESOURCES["VideoBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]}
    assert rules["inputs/"]["ExpirationInDays"] == 7
    # An image is read when its video is submitted: after its `not_before`, and after three days in the queue at most.
    assert LATEST + timedelta(seconds=max(LONGEST_EXPIRY, 72 * 3_600) + 15 * 60) < timedelta(days=7)
    assert rules["uploads/"]["ExpirationInDays"] == 1
    assert rules["videos/"]["ExpirationInDays"] == {"Ref": "RetentionDays"}
    assert rules["posters/"]["ExpirationInDays"] == {"Ref": "RetentionDays"}
    assert rules["unverified/"]["ExpirationInDays"] == {"Ref": "RetentionDays"}
    assert rules[""]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert {rule["Status"] for rule in rules.values()} == {"Enabled"}


def test_pages_of_any_origin_may_post_forms_to_the_bucket_while_there_is_a_console_and_otherwise_those_of_the_allowed_one() -> None:
    condition, settings, otherwise = RESOURCES["VideoBucket"]["Properties"]["CorsConfiguration"]["Fn::If"]
    (rule,) = settings["CorsRules"]
    assert (condition, otherwise) == ("BucketAllowsCors", {"Ref": "AWS::NoValue"})
    assert TEMPLATE["Conditions"][condition] == {"Fn::Or": [{"Condition": "ServesConsole"}, {"Condition": "AllowsCors"}]}
    assert rule["AllowedOrigins"] == [{"Fn::If": ["ServesConsole", "*", {"Ref": "CorsAllowOrigin"}]}]
    assert "POST" in rule["AllowedMethods"]
    assert not {"PUT", "DELETE"} & set(rule["AllowedMethods"])


@pytest.mark.parametrize("table", ["VideosTable", "KeysTable", "WebhooksTable", "SpendTable"])
def test_every_table_is_on_demand_and_encrypted_with_point_in_time_recovery(table: str) -> None:
    properties = RESOURCES[table]["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("table", ["VideosTable", "WebhooksTable"])
def test_records_expire_by_the_attribute_written_at_the_end(table: str) -> None:
    ttl = RESOURCES[table]["Properties"]["TimeToLiveSpecification"]
    assert ttl == {"AttributeName": "expires_at", "Enabled": True}


KEYS_ONLY = {"ProjectionType": "KEYS_ONLY"}
ALWAYS = {
    "by_status": (["listing", "id"], KEYS_ONLY),
    "by_due": (["due", "due_at"], KEYS_ONLY),
    "by_queue": (["queued_by"], KEYS_ONLY),
}
LEAN, FULL = {"by_owner": (["tenant", "id"], KEYS_ONLY)}, {"by_tenant": (["tenant", "id"], {"ProjectionType": "ALL"})}
LISTS = {"full": FULL, "both": LEAN | FULL, "lean": LEAN}


def _indexes(parameter: str) -> dict[str, Any]:
    indexes = template_resources(parameter)["VideosTable"]["Properties"]["GlobalSecondaryIndexes"]
    return {index["IndexName"]: ([key["AttributeName"] for key in index["KeySchema"]], index["Projection"]) for index in indexes}


@pytest.mark.parametrize("parameter", LISTS)
def test_videos_are_found_by_tenant_by_state_by_due_time_and_by_queue(parameter: str) -> None:
    assert _indexes(parameter) == ALWAYS | LISTS[parameter]
    types = {item["AttributeName"]: item["AttributeType"] for item in RESOURCES["VideosTable"]["Properties"]["AttributeDefinitions"]}
    assert types == {"id": "S", "tenant": "S", "due": "S", "due_at": "N", "queued_by": "S", "listing": "S"}


def test_each_deployment_of_the_upgrade_adds_or_deletes_one_index() -> None:
    # CloudFormation refuses an update of a table with more.
    steps = [{"by_tenant", "by_due", "by_queue"}, *(set(_indexes(each)) for each in ("full", "both", "lean"))]
    assert [before ^ after for before, after in pairwise(steps)] == [{"by_status"}, {"by_owner"}, {"by_tenant"}]
    assert TEMPLATE["Parameters"]["TenantIndex"]["Default"] == "lean"


def test_irreplaceable_resources_are_retained_but_not_by_the_rollback_of_their_creation() -> None:
    policies = {name: part["DeletionPolicy"] for name, part in RESOURCES.items() if "DeletionPolicy" in part}
    kept = ["VideosTable", "KeysTable", "SpendTable", "VideoBucket", "VideoBucketPolicy", "UpstreamSecret", *WEBHOOKS]
    assert policies == dict.fromkeys(kept, "RetainExceptOnCreate")
    assert {name: part.get("UpdateReplacePolicy") for name, part in RESOURCES.items() if name in kept} == dict.fromkeys(kept, "Retain")


def test_the_first_deployment_creates_tables_that_its_rollback_can_delete() -> None:
    tables = {name: part["Properties"] for name, part in RESOURCES.items() if part["Type"] == "AWS::DynamoDB::Table"}
    switch = {"Fn::If": ["ProtectsTables", True, False]}
    assert {name: properties.get("DeletionProtectionEnabled") for name, properties in tables.items()} == dict.fromkeys(tables, switch)
    assert TEMPLATE["Conditions"]["ProtectsTables"] == {"Fn::Equals": [{"Ref": "ProtectTables"}, "true"]}
    assert TEMPLATE["Parameters"]["ProtectTables"]["Default"] == "false"
    # Anything else that forbids its own deletion would make a failed creation stay, too.
    assert [name for name, part in RESOURCES.items() if "DeletionProtection" in str(part) and name not in tables] == []


def test_the_secret_is_created_without_a_value() -> None:
    assert {"SecretString", "GenerateSecretString"} & set(RESOURCES["UpstreamSecret"]["Properties"]) == set()


def test_events_and_failures_are_stored_encrypted() -> None:
    assert RESOURCES["EventsTopic"]["Properties"]["KmsMasterKeyId"] == "alias/aws/sns"
    for queue in ("SweepFailuresQueue", "UndeliveredQueue"):
        assert RESOURCES[queue]["Properties"]["SqsManagedSseEnabled"] is True


def test_every_log_group_has_a_retention_time() -> None:
    groups = [part["Properties"] for part in RESOURCES.values() if part["Type"] == "AWS::Logs::LogGroup"]
    assert len(groups) == len(FUNCTIONS) + 1  # and the gateway's
    assert [group for group in groups if group["RetentionInDays"] != {"Ref": "LogRetentionDays"}] == []


def test_the_access_log_shows_the_route_and_never_the_path() -> None:
    line = RESOURCES["HttpApi"]["Properties"]["AccessLogSettings"]["Format"]
    assert "$context.routeKey" in line
    assert "path" not in line.lower()
    assert "authorizer" not in line.lower()


def test_deliveries_are_found_by_video_and_by_due_time() -> None:
    properties = RESOURCES["WebhooksTable"]["Properties"]
    indexes = {index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]] for index in properties["GlobalSecondaryIndexes"]}
    assert indexes == {"by_video": ["video_id", "id"], "by_due": ["due", "due_at"]}


def test_the_stack_generates_the_master_secret_of_all_webhooks() -> None:
    properties = RESOURCES["WebhookMasterSecret"]["Properties"]
    assert "SecretString" not in properties
    # Letters and digits: 62 ** 64 is more than the 256 bits of any derived key.
    assert properties["GenerateSecretString"] == {"PasswordLength": 64, "ExcludePunctuation": True}


@pytest.mark.parametrize("name", ["VideoStateMachine", "DeliveryStateMachine"])
def test_a_state_machine_traces_names_and_logs_no_execution_data(name: str) -> None:
    machine = RESOURCES[name]["Properties"]
    assert machine["Type"] == "STANDARD"
    assert machine["Tracing"] == {"Enabled": True}
    assert machine.get("Logging", {}).get("IncludeExecutionData", False) is False
