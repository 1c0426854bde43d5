"""SQS, SNS and Secrets Manager of the local service answer like moto, whose messages they replace by those on disk."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.durable_messaging import client, forget_messaging, running
from tests.support.memory_aws.backends import code_of
from tests.support.moto_world import moto


@dataclass
class Clients:
    sqs: Any
    sns: Any
    secrets: Any


@contextmanager
def plain_moto() -> Iterator[Clients]:
    with moto():
        forget_messaging()
        yield Clients(client("sqs"), client("sns"), client("secretsmanager"))
        forget_messaging()


@pytest.fixture(name="aws", params=["moto", "local"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clients]:
    """Run the test against both."""
    if request.param == "moto":
        with plain_moto() as clients:
            yield clients
        return
    with running(tmp_path, delivers=False) as process:
        yield Clients(process.sqs, process.sns, process.secrets)


def queue(aws: Clients, name: str = "any", **attributes: str) -> str:
    url: str = aws.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url


def arn_of(url: str) -> str:
    return f"arn:aws:sqs:us-east-1:123456789012:{url.rpartition('/')[2]}"


def send(aws: Clients, url: str, *bodies: str, **given: Any) -> None:
    for body in bodies:
        aws.sqs.send_message(QueueUrl=url, MessageBody=body, **given)


def receive(aws: Clients, url: str, **given: Any) -> list[dict[str, Any]]:
    answer = aws.sqs.receive_message(**{"QueueUrl": url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"], **given})
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


def bodies(aws: Clients, url: str, **given: Any) -> list[str]:
    return [message["Body"] for message in receive(aws, url, **given)]


def number(aws: Clients, url: str, of: str) -> int:
    return int(aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[of])["Attributes"][of])


def test_a_message_is_received_deleted_and_gone(aws: Clients) -> None:
    url = queue(aws)
    send(aws, url, "one", "two")
    first, second = receive(aws, url)
    assert (first["Body"], first["Attributes"]["ApproximateReceiveCount"]) == ("one", "1")
    assert (number(aws, url, "ApproximateNumberOfMessages"), number(aws, url, "ApproximateNumberOfMessagesNotVisible")) == (0, 2)
    for _ in range(2):
        aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    aws.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=0)
    assert bodies(aws, url) == ["two"]


def test_a_handle_of_an_earlier_receive_still_deletes(aws: Clients) -> None:
    url = queue(aws)
    send(aws, url, "one")
    (first,) = receive(aws, url, VisibilityTimeout=0)
    receive(aws, url)
    aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert number(aws, url, "ApproximateNumberOfMessagesNotVisible") == 0


def test_a_request_gets_no_more_messages_than_it_asks_for(aws: Clients) -> None:
    url = queue(aws)
    send(aws, url, "one", "two", "three")
    assert bodies(aws, url, MaxNumberOfMessages=2) == ["one", "two"]
    assert code_of(aws.sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11) == "InvalidParameterValue"


def test_a_delayed_message_is_counted_and_not_received(aws: Clients) -> None:
    url = queue(aws, DelaySeconds="900")
    send(aws, url, "later")
    send(aws, url, "now", DelaySeconds=0)
    assert bodies(aws, url) == ["now"]
    assert number(aws, url, "ApproximateNumberOfMessagesDelayed") == 1


def test_attributes_have_their_checksums(aws: Clients) -> None:
    url = queue(aws)
    attributes = {"b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}, "n": {"DataType": "Number", "StringValue": "7"}}
    sent = aws.sqs.send_message(QueueUrl=url, MessageBody="ü", MessageAttributes=attributes)
    (message,) = receive(aws, url, MessageAttributeNames=["All"], VisibilityTimeout=0)
    assert message["MessageAttributes"] == attributes
    assert (message["MD5OfBody"], message["MD5OfMessageAttributes"]) == (sent["MD5OfMessageBody"], sent["MD5OfMessageAttributes"])
    assert "MessageAttributes" not in receive(aws, url)[0]


def test_a_message_received_too_often_is_a_dead_letter(aws: Clients) -> None:
    dead = queue(aws, "dead")
    policy = json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": 2})
    url = queue(aws, RedrivePolicy=policy)
    send(aws, url, "one")
    seen = [bodies(aws, url, VisibilityTimeout=0) for _ in range(3)]
    assert seen == [["one"], ["one"], []]
    assert bodies(aws, dead) == ["one"]


def test_the_groups_of_a_fifo_queue_wait_for_their_messages_in_flight(aws: Clients) -> None:
    url = queue(aws, "any.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    send(aws, url, "a1", "a2", "a1", MessageGroupId="a")
    send(aws, url, "b1", MessageGroupId="b")
    (first,) = receive(aws, url, MaxNumberOfMessages=1)
    assert (first["Body"], first["Attributes"]["MessageGroupId"]) == ("a1", "a")
    assert bodies(aws, url) == ["b1"]
    aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert bodies(aws, url) == ["a2"]


def test_a_fifo_queue_refuses_what_has_no_order(aws: Clients) -> None:
    url = queue(aws, "any.fifo", FifoQueue="true")
    assert code_of(aws.sqs.send_message, QueueUrl=url, MessageBody="x") == "MissingParameter"
    assert code_of(aws.sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="g") == "InvalidParameterValue"
    delayed = {"MessageGroupId": "g", "MessageDeduplicationId": "d", "DelaySeconds": 5}
    assert code_of(aws.sqs.send_message, QueueUrl=url, MessageBody="x", **delayed) == "InvalidParameterValue"
    sent = aws.sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d")
    assert len(sent["SequenceNumber"]) == 20


def test_bad_requests_are_refused_with_the_codes_of_sqs(aws: Clients) -> None:
    url = queue(aws)
    gone = f"{url}-gone"
    assert code_of(aws.sqs.send_message, QueueUrl=gone, MessageBody="x") == "AWS.SimpleQueueService.NonExistentQueue"
    assert code_of(aws.sqs.send_message, QueueUrl=url, MessageBody="x" * 1_100_000) == "InvalidParameterValue"
    assert code_of(aws.sqs.send_message, QueueUrl=url, MessageBody="x", DelaySeconds=901) == "InvalidParameterValue"
    assert code_of(aws.sqs.delete_message, QueueUrl=url, ReceiptHandle="guessed") == "ReceiptHandleIsInvalid"
    same = [{"Id": "a", "MessageBody": "x"}] * 2
    assert code_of(aws.sqs.send_message_batch, QueueUrl=url, Entries=same) == "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
    assert number(aws, url, "ApproximateNumberOfMessages") == 0


def test_a_batch_names_what_succeeded_and_what_failed(aws: Clients) -> None:
    url = queue(aws)
    entries: list[dict[str, Any]] = [{"Id": "good", "MessageBody": "x"}, {"Id": "bad", "MessageBody": "x", "DelaySeconds": 901}]
    sent = aws.sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert ([each["Id"] for each in sent["Successful"]], [each["Id"] for each in sent["Failed"]]) == (["good"], ["bad"])
    (message,) = receive(aws, url)
    handles = [{"Id": "good", "ReceiptHandle": message["ReceiptHandle"]}, {"Id": "bad", "ReceiptHandle": "guessed"}]
    hidden = [{**handle, "VisibilityTimeout": 0} for handle in handles]
    for answer in (
        aws.sqs.change_message_visibility_batch(QueueUrl=url, Entries=hidden),
        aws.sqs.delete_message_batch(QueueUrl=url, Entries=handles),
    ):
        assert ([each["Id"] for each in answer["Successful"]], [each["Id"] for each in answer["Failed"]]) == (["good"], ["bad"])
    assert bodies(aws, url) == []


def test_a_purged_and_a_deleted_queue_have_no_messages(aws: Clients) -> None:
    url = queue(aws)
    send(aws, url, "one")
    aws.sqs.purge_queue(QueueUrl=url)
    assert bodies(aws, url) == []
    send(aws, url, "two")
    aws.sqs.delete_queue(QueueUrl=url)
    assert bodies(aws, queue(aws)) == []


def subscribe(aws: Clients, url: str, **attributes: str) -> str:
    topic: str = aws.sns.create_topic(Name="events")["TopicArn"]
    aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(url), Attributes=attributes)
    return topic


def test_a_queue_that_is_subscribed_gets_the_envelope_of_sns(aws: Clients) -> None:
    url = queue(aws)
    attributes = {"type": {"DataType": "String", "StringValue": "video.failed"}}
    topic = subscribe(aws, url)
    sent = aws.sns.publish(TopicArn=topic, Message="text", Subject="s", MessageAttributes=attributes)
    envelope = json.loads(bodies(aws, url)[0])
    for member in ("Signature", "SigningCertURL", "UnsubscribeURL", "Timestamp"):
        assert envelope.pop(member)
    assert envelope == {
        "Type": "Notification",
        "MessageId": sent["MessageId"],
        "TopicArn": topic,
        "Subject": "s",
        "Message": "text",
        "MessageAttributes": {"type": {"Type": "String", "Value": "video.failed"}},
        "SignatureVersion": "2",
    }


def test_a_raw_subscription_gets_its_variant_of_the_message(aws: Clients) -> None:
    url = queue(aws)
    topic = subscribe(aws, url, RawMessageDelivery="true")
    message = json.dumps({"default": "other", "sqs": "text"})
    attributes = {"type": {"DataType": "String", "StringValue": "video.failed"}}
    aws.sns.publish(TopicArn=topic, Message=message, MessageStructure="json", MessageAttributes=attributes)
    (found,) = receive(aws, url, MessageAttributeNames=["All"])
    assert (found["Body"], found["MessageAttributes"]) == ("text", attributes)


def test_a_filter_policy_decides_by_the_attributes(aws: Clients) -> None:
    url = queue(aws)
    topic = subscribe(aws, url, FilterPolicy='{"type": ["b"]}', RawMessageDelivery="true")
    entries = [{"Id": kind, "Message": kind, "MessageAttributes": {"type": {"DataType": "String", "StringValue": kind}}} for kind in "ab"]
    assert len(aws.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)["Successful"]) == 2
    assert bodies(aws, url) == ["b"]


def test_the_same_subscription_is_not_made_twice(aws: Clients) -> None:
    url = queue(aws)
    topic = subscribe(aws, url)
    assert subscribe(aws, url) == topic
    assert len(aws.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1


def test_a_secret_has_its_stages_and_is_created_once(aws: Clients) -> None:
    arn = aws.secrets.create_secret(Name="any", SecretString="one")["ARN"]
    assert code_of(aws.secrets.create_secret, Name="any", SecretString="two") == "ResourceExistsException"
    aws.secrets.put_secret_value(SecretId="any", SecretString="two")
    stages = ("AWSCURRENT", "AWSPREVIOUS")
    assert [aws.secrets.get_secret_value(SecretId=arn, VersionStage=stage)["SecretString"] for stage in stages] == ["two", "one"]
    assert code_of(aws.secrets.get_secret_value, SecretId="other") == "ResourceNotFoundException"
