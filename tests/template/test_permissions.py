"""Permissions: each role has exactly those it needs, and each wildcard has a comment with its reason."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from samtranslator.translator.transform import transform

from tests.support.product_template import product_template

TEXT = Path("template.yaml").read_text()
TEMPLATE: dict[str, Any] = product_template()
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
VIDEOS = {"Fn::GetAtt": ["VideosTable", "Arn"]}
KEYS = {"Fn::GetAtt": ["KeysTable", "Arn"]}
SPEND = {"Fn::GetAtt": ["SpendTable", "Arn"]}
INPUTS = {"Fn::Sub": "${VideoBucket.Arn}/inputs/*"}
ARCHIVED = {"Fn::Sub": "${VideoBucket.Arn}/videos/*"}
POSTERS = {"Fn::Sub": "${VideoBucket.Arn}/posters/*"}
SECRET = {"Ref": "UpstreamSecret"}
WEBHOOKS = {"Fn::GetAtt": ["WebhooksTable", "Arn"]}
BY_VIDEO = {"Fn::Sub": "${WebhooksTable.Arn}/index/by_video"}
MASTER = {"Ref": "WebhookMasterSecret"}
MACHINE = {"Ref": "VideoStateMachine"}
DELIVERIES = {"Ref": "DeliveryStateMachine"}
RUNS = {"Fn::Sub": "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${VideoStateMachine.Name}:*"}
CARRIERS = {"Fn::Sub": "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${DeliveryStateMachine.Name}:*"}

# All permissions of each role, so that a new one requires a change here as well.
RIGHTS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "ApiFunction": [
        ("dynamodb:PutItem", VIDEOS),
        ("dynamodb:GetItem", VIDEOS),
        ("dynamodb:BatchGetItem", VIDEOS),
        ("dynamodb:UpdateItem", VIDEOS),
        ("dynamodb:Query", {"Fn::Sub": "${VideosTable.Arn}/index/by_owner"}),
        ("dynamodb:Query", {"Fn::Sub": "${VideosTable.Arn}/index/by_status"}),
        ("dynamodb:Query", {"Fn::Sub": "${VideosTable.Arn}/index/by_tenant"}),
        ("dynamodb:Query", {"Fn::Sub": "${VideosTable.Arn}/index/by_queue"}),
        ("dynamodb:GetItem", KEYS),
        ("dynamodb:BatchGetItem", SPEND),
        ("dynamodb:UpdateItem", SPEND),
        ("dynamodb:PutItem", SPEND),
        ("dynamodb:Query", SPEND),
        ("s3:PutObject", INPUTS),
        ("s3:DeleteObject", INPUTS),
        ("s3:PutObject", {"Fn::Sub": "${VideoBucket.Arn}/uploads/*"}),
        ("s3:GetObject", {"Fn::Sub": "${VideoBucket.Arn}/uploads/*"}),
        ("s3:ListBucket", {"Fn::GetAtt": ["VideoBucket", "Arn"]}),
        ("s3:GetObject", ARCHIVED),
        ("s3:GetObject", POSTERS),
        ("states:StartExecution", MACHINE),
        ("dynamodb:GetItem", WEBHOOKS),
        ("dynamodb:PutItem", WEBHOOKS),
        ("dynamodb:UpdateItem", WEBHOOKS),
        ("dynamodb:Query", BY_VIDEO),
        ("secretsmanager:GetSecretValue", MASTER),
        ("states:StartExecution", DELIVERIES),
    ],
    "SubmitFunction": [
        ("dynamodb:BatchGetItem", VIDEOS),
        ("dynamodb:GetItem", VIDEOS),
        ("dynamodb:UpdateItem", VIDEOS),
        ("dynamodb:ConditionCheckItem", VIDEOS),
        ("dynamodb:PutItem", VIDEOS),
        ("dynamodb:UpdateItem", SPEND),
        ("s3:GetObject", INPUTS),
        ("secretsmanager:GetSecretValue", SECRET),
    ],
    "PollFunction": [
        ("dynamodb:GetItem", VIDEOS),
        ("dynamodb:UpdateItem", VIDEOS),
        ("dynamodb:UpdateItem", SPEND),
        ("secretsmanager:GetSecretValue", SECRET),
        ("dynamodb:PutItem", WEBHOOKS),
        ("states:StartExecution", DELIVERIES),
    ],
    "ArchiveFunction": [
        ("dynamodb:GetItem", VIDEOS),
        ("dynamodb:UpdateItem", VIDEOS),
        ("dynamodb:UpdateItem", SPEND),
        ("s3:PutObject", ARCHIVED),
        ("s3:GetObject", ARCHIVED),
        ("s3:PutObject", {"Fn::Sub": "${VideoBucket.Arn}/unverified/*"}),
        ("s3:DeleteObject", ARCHIVED),
        ("s3:DeleteObject", {"Fn::Sub": "${VideoBucket.Arn}/unverified/*"}),
        ("s3:ListBucket", {"Fn::GetAtt": ["VideoBucket", "Arn"]}),
    ],
    "ThumbnailFunction": [
        ("dynamodb:GetItem", VIDEOS),
        ("dynamodb:UpdateItem", VIDEOS),
        ("s3:GetObject", ARCHIVED),
        ("s3:PutObject", POSTERS),
    ],
    "NotifyFunction": [
        ("dynamodb:GetItem", VIDEOS),
        ("dynamodb:UpdateItem", VIDEOS),
        ("s3:GetObject", ARCHIVED),
        ("sns:Publish", {"Ref": "EventsTopic"}),
        ("dynamodb:GetItem", WEBHOOKS),
        ("dynamodb:PutItem", WEBHOOKS),
        ("states:StartExecution", DELIVERIES),
    ],
    "DeliverFunction": [
        ("dynamodb:GetItem", VIDEOS),
        ("dynamodb:GetItem", WEBHOOKS),
        ("dynamodb:UpdateItem", WEBHOOKS),
        ("s3:GetObject", ARCHIVED),
        ("secretsmanager:GetSecretValue", MASTER),
        ("sqs:SendMessage", {"Fn::GetAtt": ["UndeliveredQueue", "Arn"]}),
        ("sns:Publish", {"Ref": "AlarmsTopic"}),
    ],
    "DeliveryStateMachine": [("lambda:InvokeFunction", {"Fn::GetAtt": ["DeliverFunction", "Arn"]})],
    "SweepFunction": [
        ("dynamodb:Query", {"Fn::Sub": "${VideosTable.Arn}/index/by_due"}),
        ("dynamodb:GetItem", VIDEOS),
        ("dynamodb:UpdateItem", VIDEOS),
        ("dynamodb:Scan", VIDEOS),
        ("dynamodb:UpdateItem", SPEND),
        ("dynamodb:Query", SPEND),
        ("dynamodb:DeleteItem", SPEND),
        ("sns:Publish", {"Ref": "AlarmsTopic"}),
        ("states:StartExecution", MACHINE),
        ("states:DescribeExecution", RUNS),
        ("dynamodb:Query", {"Fn::Sub": "${WebhooksTable.Arn}/index/by_due"}),
        ("dynamodb:Query", BY_VIDEO),
        ("dynamodb:GetItem", WEBHOOKS),
        ("dynamodb:PutItem", WEBHOOKS),
        ("dynamodb:UpdateItem", WEBHOOKS),
        ("states:StartExecution", DELIVERIES),
        ("states:DescribeExecution", CARRIERS),
        ("s3:ListBucketVersions", {"Fn::GetAtt": ["VideoBucket", "Arn"]}),
        ("s3:DeleteObjectVersion", INPUTS),
        ("s3:DeleteObjectVersion", ARCHIVED),
        ("s3:DeleteObjectVersion", {"Fn::Sub": "${VideoBucket.Arn}/unverified/*"}),
        ("s3:DeleteObjectVersion", {"Fn::Sub": "${VideoBucket.Arn}/posters/*"}),
    ],
    "VideoStateMachine": [
        ("lambda:InvokeFunction", {"Fn::GetAtt": [f"{step}Function", "Arn"]})
        for step in ("Submit", "Poll", "Archive", "Thumbnail", "Notify")
    ],
}
POLICIES = ["VideoBucketPolicy", "EventsTopicPolicy", "AlarmsTopicPolicy", "SweepFailuresQueuePolicy", "UndeliveredQueuePolicy"]


class NoManagedPolicies:
    """Replaces SAM's loader of managed policies; the template names none."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture
def expanded(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the resources as SAM passes them to CloudFormation; SAM needs a region."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    template = copy.deepcopy(TEMPLATE)
    for resource in template["Resources"].values():
        for place in {"CodeUri", "ContentUri", "DefinitionUri"} & set(resource.get("Properties", {})):
            resource["Properties"][place] = "s3://any/any"
    resources: dict[str, Any] = transform(template, {}, NoManagedPolicies())["Resources"]
    return resources


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the statements of a role's policies or of a resource policy."""
    properties = resource.get("Properties", {})
    for policy in [*properties.get("Policies", []), properties.get("PolicyDocument", {})]:
        yield from policy.get("PolicyDocument", policy).get("Statement", [])


def allowances(resources: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every Allow statement with the name of its resource."""
    for name, resource in resources.items():
        yield from ((name, part) for part in statements(resource) if part["Effect"] == "Allow")


def commented_statements() -> Iterator[tuple[str, bool]]:
    """Return each statement's text in the file, and whether it has a comment above or inside it."""
    lines = TEXT.splitlines()
    for start in (number for number, line in enumerate(lines) if line.lstrip().startswith("- Sid:")):
        indent = len(lines[start]) - len(lines[start].lstrip())
        end = start + 1
        while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > indent:
            end += 1
        has_comment = any(line.lstrip().startswith("#") for line in lines[start - 1 : end])
        yield "\n".join(lines[start:end]), has_comment


@pytest.mark.parametrize("holder", RIGHTS)
def test_every_role_has_exactly_the_permissions_that_it_needs(holder: str) -> None:
    granted = [
        (action, resource)
        for _, statement in allowances({holder: RESOURCES[holder]})
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]
    assert granted == RIGHTS[holder]


def test_every_role_is_in_the_list() -> None:
    with_roles = {"AWS::Serverless::Function", "AWS::Serverless::StateMachine", "AWS::IAM::Role"}
    assert {name for name, part in RESOURCES.items() if part["Type"] in with_roles} == set(RIGHTS)


def test_no_allow_statement_has_a_wildcard_action(expanded: dict[str, Any]) -> None:
    actions = [action for _, statement in allowances(expanded) for action in as_list(statement["Action"])]
    assert actions
    assert [action for action in actions if "*" in action] == []


def test_no_allow_statement_applies_to_all_resources(expanded: dict[str, Any]) -> None:
    resources = [resource for _, statement in allowances(expanded) for resource in as_list(statement["Resource"])]
    assert resources
    assert "*" not in resources


def test_every_wildcard_has_a_comment_with_its_reason() -> None:
    # Prefixes of our own bucket need no reason.
    in_file = [(re.sub(r"/(inputs|videos|posters)/\*", "", text), has_comment) for text, has_comment in commented_statements()]
    assert len(in_file) == sum(1 for resource in RESOURCES.values() for _ in statements(resource))
    assert [text for text, has_comment in in_file if "*" in text and not has_comment] == []


def test_sam_adds_only_the_documented_policies_to_the_roles(expanded: dict[str, Any]) -> None:
    roles = [resource["Properties"] for resource in expanded.values() if resource["Type"] == "AWS::IAM::Role"]
    added = {arn.rsplit("/", 1)[1] for role in roles for arn in role["ManagedPolicyArns"]}
    assert len(roles) == len(RIGHTS)
    assert len(added) == 2
    assert all(name == "AWSLambdaBasicExecutionRole" or "xray" in name.lower() for name in added)


@pytest.mark.parametrize("policy", POLICIES)
def test_access_without_tls_is_denied(policy: str) -> None:
    (refusal,) = [statement for statement in statements(RESOURCES[policy]) if statement["Effect"] == "Deny"]
    assert refusal["Principal"] == "*"
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_policy_covers_the_bucket_and_every_object() -> None:
    (refusal,) = statements(RESOURCES["VideoBucketPolicy"])
    assert refusal["Action"] == "s3:*"
    assert refusal["Resource"] == [{"Fn::GetAtt": ["VideoBucket", "Arn"]}, {"Fn::Sub": "${VideoBucket.Arn}/*"}]


def test_only_alarms_of_this_account_may_publish_to_the_alarms_topic() -> None:
    ((_, allowed),) = allowances({"policy": RESOURCES["AlarmsTopicPolicy"]})
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    # CloudWatch cannot use the AWS managed key for SNS: a topic encrypted with it would lose every alarm.
    assert "KmsMasterKeyId" not in RESOURCES["AlarmsTopic"]["Properties"]
