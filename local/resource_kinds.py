"""The one list of the template's resource types: what this machine keeps of each, or why it keeps nothing.

A test expands template.yaml and compares: a type that is missing here, or stands here without need, fails it."""

from dataclasses import dataclass
from typing import Any

from local import made_compute, made_data, made_messages
from local.intrinsics import Made
from local.world import Maker, World


@dataclass(frozen=True)
class CloudOnly:
    """Has no counterpart on this machine, for this reason."""

    reason: str


RESOURCE_KINDS: dict[str, Maker | CloudOnly] = {
    "AWS::ApiGatewayV2::Api": made_compute.http_api,
    "AWS::ApiGatewayV2::Stage": CloudOnly("the front has one stage; throttling and access logs are the gateway's"),
    "AWS::CloudWatch::Alarm": CloudOnly("no metrics are collected here; the functions' logs hold them as lines"),
    "AWS::DynamoDB::Table": made_data.table,
    "AWS::Events::Rule": made_messages.rule,
    "AWS::IAM::Role": made_compute.role,
    "AWS::Lambda::EventInvokeConfig": made_compute.event_invoke_config,
    "AWS::Lambda::Function": made_compute.function,
    "AWS::Lambda::LayerVersion": made_compute.layer,
    "AWS::Lambda::Permission": made_compute.permission,
    "AWS::Logs::LogGroup": made_data.log_group,
    "AWS::S3::Bucket": made_data.bucket,
    "AWS::S3::BucketPolicy": CloudOnly("it refuses plain HTTP, and moto would obey: this machine speaks nothing else"),
    "AWS::SNS::Subscription": made_messages.subscription,
    "AWS::SNS::Topic": made_messages.topic,
    "AWS::SNS::TopicPolicy": made_messages.topic_policy,
    "AWS::SQS::Queue": made_messages.queue,
    "AWS::SQS::QueuePolicy": made_messages.queue_policy,
    "AWS::SecretsManager::Secret": made_data.secret,
    "AWS::StepFunctions::StateMachine": made_compute.state_machine,
}


def make(world: World, logical_id: str, resource: dict[str, Any]) -> Made:
    """Raises KeyError for a type that is not in the list."""
    kind = RESOURCE_KINDS[resource["Type"]]
    if isinstance(kind, CloudOnly):
        return Made(world.physical_name(logical_id))
    return kind(world, logical_id, resource.get("Properties", {}))
