"""The named fields of moto's topics and subscriptions."""

import json
from typing import Any

from moto.sns.models import Subscription, Topic, sns_backends
from moto.sns.utils import FilterPolicyMatcher

from local.aws.moto.durable_state import Fields, fields_of, replace_fields

TOPIC_FIELDS = (
    "name",
    "account_id",
    "arn",
    "display_name",
    "delivery_policy",
    "effective_delivery_policy",
    "kms_master_key_id",
    "subscriptions_pending",
    "subscriptions_confimed",
    "subscriptions_deleted",
    "fifo_topic",
    "content_based_deduplication",
    "_policy_json",
    "_tags",
)
# `confirmation_token` is ours: moto has no confirmations.
SUBSCRIPTION_FIELDS = ("account_id", "owner", "arn", "endpoint", "protocol", "attributes", "confirmed", "confirmation_token")
# What they hold besides; the messages that moto remembers for tests are not kept.
TOPIC_REFERENCES = ("sns_backend", "sent_notifications")
SUBSCRIPTION_REFERENCES = ("topic", "_filter_policy", "_filter_policy_matcher")

# moto leaves methods of its base class abstract.
_TOPIC: Any = Topic


class Topics:
    """Topics and their subscriptions."""

    def capture(self) -> dict[str, Fields]:
        topics = {f"topic {topic.arn}": fields_of(topic, TOPIC_FIELDS) for topic in topics_in_moto()}
        subscriptions = {
            f"subscription {each.arn}": fields_of(each, SUBSCRIPTION_FIELDS) | {"topic": each.topic.arn} for each in subscriptions_in_moto()
        }
        return topics | subscriptions

    def restore(self, stored: dict[str, Fields]) -> None:
        topics, subscriptions = {each.arn: each for each in topics_in_moto()}, {each.arn: each for each in subscriptions_in_moto()}
        for _, _, backend in list(sns_backends.iter_backends()):
            backend.topics.clear()  # type: ignore[attr-defined]  # it is an SNSBackend
            backend.subscriptions.clear()  # type: ignore[attr-defined]
        for key, fields in sorted(stored.items(), reverse=True):  # topics before their subscriptions
            if key.startswith("topic "):
                _restore_topic(topics.get(fields["arn"]), fields)
            else:
                _restore_subscription(subscriptions.get(fields["arn"]), fields)

    def forget_removed(self) -> None:
        """Nothing else belongs to a topic; deliveries that were promised are made."""


def topics_in_moto() -> list[Any]:
    backends: list[Any] = [backend for _, _, backend in list(sns_backends.iter_backends())]
    return [topic for backend in backends for topic in list(backend.topics.values())]


def subscriptions_in_moto() -> list[Any]:
    backends: list[Any] = [backend for _, _, backend in list(sns_backends.iter_backends())]
    return [subscription for backend in backends for subscription in list(backend.subscriptions.values())]


def _backend_of(arn: str) -> Any:
    region, account = arn.split(":")[3:5]
    return sns_backends[account][region]


def _restore_topic(present: Any, fields: Fields) -> None:
    backend = _backend_of(fields["arn"])
    topic: Any = present or _TOPIC(fields["name"], backend)
    replace_fields(topic, fields, TOPIC_FIELDS)
    backend.topics[topic.arn] = topic


def _restore_subscription(present: Any, fields: Fields) -> None:
    backend = _backend_of(fields["arn"])
    topic = backend.topics[fields["topic"]]
    subscription = present or Subscription(fields["account_id"], topic, fields["endpoint"], fields["protocol"])
    replace_fields(subscription, fields, SUBSCRIPTION_FIELDS)
    policy = json.loads(subscription.attributes.get("FilterPolicy") or "null")
    subscription._filter_policy = policy
    scope = subscription.attributes.get("FilterPolicyScope")
    subscription._filter_policy_matcher = FilterPolicyMatcher(policy, scope) if policy else None
    backend.subscriptions[subscription.arn] = subscription
