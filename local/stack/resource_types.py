"""The one list of the template's resource types: what this machine keeps of each, or why it keeps nothing.

A test expands template.yaml and compares: a type that is missing here, or stands here without need, fails it."""

from dataclasses import dataclass
from typing import Any

from local.stack import compute, messaging, storage
from local.stack.context import Maker, World
from local.stack.intrinsics import Made


@dataclass(frozen=True)
class CloudOnly:
    """Has no counterpart on this machine, for this reason."""

    reason: str


RESOURCE_KINDS: dict[str, Maker | CloudOnly] = {
    "AWS::ApiGatewayV2::Api": compute.http_api,
    "AWS::ApiGatewayV2::Stage": CloudOnly("the front has one stage; throttling and access logs are the gateway's"),
    "AWS::CloudWatch::Alarm": CloudOnly("no metrics are collected here; the functions' logs hold them as lines"),
    "AWS::DynamoDB::Table": storage.table,
    "AWS::Events::Rule": messaging.rule,
    "AWS::IAM::Role": compute.role,
    "AWS::Lambda::EventInvokeConfig": compute.event_invoke_config,
    "AWS::Lambda::Function": compute.function,
    "AWS::Lambda::LayerVersion": compute.layer,
    "AWS::Lambda::Permission": compute.permission,
    "AWS::Logs::LogGroup": storage.log_group,
    "AWS::S3::Bucket": storage.bucket,
    "AWS::S3::BucketPolicy": CloudOnly("it refuses plain HTTP, and moto would obey: this machine speaks nothing else"),
    "AWS::SNS::Subscription": messaging.subscription,
    "AWS::SNS::Topic": messaging.topic,
    "AWS::SNS::TopicPolicy": messaging.topic_policy,
    "AWS::SQS::Queue": messaging.queue,
    "AWS::SQS::QueuePolicy": messaging.queue_policy,
    "AWS::SecretsManager::Secret": storage.secret,
    "AWS::StepFunctions::StateMachine": compute.state_machine,
}


def make(world: World, logical_id: str, resource: dict[str, Any]) -> Made:
    """Raises KeyError for a type that is not in the list."""
    kind = RESOURCE_KINDS[resource["Type"]]
    if isinstance(kind, CloudOnly):
        return Made(world.physical_name(logical_id))
    return kind(world, logical_id, resource.get("Properties", {}))
