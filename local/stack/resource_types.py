"""How each resource type in the template is created locally, or why it is not.

A test compares this list with the expanded template, so it has no missing and no unused entries."""

from dataclasses import dataclass
from typing import Any

from local.stack import compute, messaging, storage, tables
from local.stack.context import ResourceFactory, StackContext
from local.stack.intrinsics import CreatedResource


@dataclass(frozen=True)
class CloudOnly:
    """Not created locally, for this reason."""

    reason: str


RESOURCE_TYPES: dict[str, ResourceFactory | CloudOnly] = {
    "AWS::ApiGatewayV2::Api": compute.http_api,
    "AWS::ApiGatewayV2::Stage": CloudOnly("the local gateway has one stage, without throttling and access logs"),
    "AWS::CloudWatch::Alarm": CloudOnly("no metrics are collected locally; the functions' logs contain them as lines"),
    "AWS::CloudWatch::Dashboard": CloudOnly("it shows metrics, alarms and queries of CloudWatch, which are not collected locally"),
    "AWS::DynamoDB::Table": tables.table,
    "AWS::Events::Rule": messaging.rule,
    "AWS::IAM::Role": compute.role,
    "AWS::Lambda::EventInvokeConfig": compute.event_invoke_config,
    "AWS::Lambda::Function": compute.function,
    "AWS::Lambda::LayerVersion": compute.layer,
    "AWS::Lambda::Permission": compute.permission,
    "AWS::Logs::LogGroup": storage.log_group,
    "AWS::S3::Bucket": storage.bucket,
    "AWS::S3::BucketPolicy": CloudOnly("it denies plain HTTP, the only local protocol, and moto would enforce it"),
    "AWS::SNS::Subscription": messaging.subscription,
    "AWS::SNS::Topic": messaging.topic,
    "AWS::SNS::TopicPolicy": messaging.topic_policy,
    "AWS::SQS::Queue": messaging.queue,
    "AWS::SQS::QueuePolicy": messaging.queue_policy,
    "AWS::SecretsManager::Secret": storage.secret,
    "AWS::StepFunctions::StateMachine": compute.state_machine,
}


def create(context: StackContext, logical_id: str, resource: dict[str, Any]) -> CreatedResource:
    """Create a resource; raise KeyError for an unlisted type."""
    kind = RESOURCE_TYPES[resource["Type"]]
    if isinstance(kind, CloudOnly):
        return CreatedResource(context.physical_name(logical_id))
    return kind(context, logical_id, resource.get("Properties", {}))
