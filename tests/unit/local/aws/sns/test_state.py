"""Topics and subscriptions after a restart."""

from pathlib import Path

from moto.sns.models import SNSBackend, Subscription

from local.aws.sns import state
from tests.support.durable_messaging import running
from tests.support.memory_aws.backends import code_of


def test_topics_keep_their_attributes_tags_and_policy(tmp_path: Path) -> None:
    with running(tmp_path, delivers=False) as process:
        topic = process.sns.create_topic(Name="events", Attributes={"DisplayName": "Events"}, Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
        process.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue='{"Statement":[]}')
        process.sns.create_topic(Name="ordered.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"})
        gone = process.sns.create_topic(Name="gone")["TopicArn"]
        process.sns.subscribe(TopicArn=gone, Protocol="email", Endpoint="you@example.com")
        process.sns.delete_topic(TopicArn=gone)
        before = process.sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    with running(tmp_path, delivers=False) as process:
        assert process.sns.get_topic_attributes(TopicArn=topic)["Attributes"] == before
        assert (before["DisplayName"], before["Policy"]) == ("Events", '{"Statement":[]}')
        assert process.sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "a", "Value": "b"}]
        fifo = process.sns.get_topic_attributes(TopicArn=topic.replace("events", "ordered.fifo"))["Attributes"]
        assert (fifo["FifoTopic"], fifo["ContentBasedDeduplication"]) == ("true", "true")
        assert code_of(process.sns.publish, TopicArn=gone, Message="x") == "NotFound"
        assert process.sns.list_subscriptions()["Subscriptions"] == []


def test_subscriptions_of_every_kind_keep_their_arn_and_attributes(tmp_path: Path) -> None:
    subscribers = {
        "email": "you@example.com",
        "https": "https://receiver.example.com/hook",
        "sqs": "arn:aws:sqs:us-east-1:123456789012:any",
        "lambda": "arn:aws:lambda:us-east-1:123456789012:function:any",
    }
    with running(tmp_path, delivers=False) as process:
        topic = process.sns.create_topic(Name="events")["TopicArn"]
        arns = [
            process.sns.subscribe(
                TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes={"RawMessageDelivery": "true"}, ReturnSubscriptionArn=True
            )["SubscriptionArn"]
            for protocol, endpoint in subscribers.items()
        ]
        before = [process.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"] for arn in arns]
    with running(tmp_path, delivers=False) as process:
        assert [process.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"] for arn in arns] == before
        assert {each["RawMessageDelivery"] for each in before} == {"true"}


def test_every_field_of_motos_topics_and_subscriptions_is_named() -> None:
    topic = SNSBackend("us-east-1", "123456789012").create_topic("any")
    subscription = Subscription("123456789012", topic, "any", "email")
    assert set(vars(topic)) | {"name"} == {*state.TOPIC_FIELDS, *state.TOPIC_REFERENCES}
    assert {*vars(subscription), "confirmation_token"} == {*state.SUBSCRIPTION_FIELDS, *state.SUBSCRIPTION_REFERENCES}
