"""Publish: every subscriber's copy is on disk before the answer, all of them or none."""

import base64
import json
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate

from local.aws.sns.outbox import Delivery, Outbox
from tests.support.durable_messaging import ENDPOINT, MessagingProcess, running
from tests.support.memory_aws.backends import code_of

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:any"


@pytest.fixture(name="process")
def running_process(tmp_path: Path) -> Iterator[MessagingProcess]:
    """The services, without anything being delivered in the background."""
    with running(tmp_path, delivers=False) as process:
        yield process


def topic_with(process: MessagingProcess, *subscribers: tuple[str, str], **attributes: str) -> str:
    topic: str = process.sns.create_topic(Name="events")["TopicArn"]
    for protocol, endpoint in subscribers:
        process.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)
    return topic


def emails(process: MessagingProcess) -> list[EmailMessage]:
    found = []
    for path in sorted(process.mail.iterdir()):
        parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        found.append(parsed)
    return found


def deliveries(process: MessagingProcess) -> list[Delivery]:
    outbox = Outbox(process.database)
    return [found[0] for number in sorted(outbox.due_times()) if (found := outbox.get(number))]


def in_queue(process: MessagingProcess, url: str, **given: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = process.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **given).get("Messages", [])
    return found


def test_an_email_subscriber_gets_the_email_variant_as_a_file_before_the_answer(process: MessagingProcess) -> None:
    text = json.dumps({"default": "{}", "email": "Dein Video ist fertig: ü 🎬"})
    topic = topic_with(process, ("email", "you@example.com"))
    process.sns.publish(TopicArn=topic, Message=text, MessageStructure="json", Subject="Fertig")
    (message,) = emails(process)
    assert (message["To"], message["Subject"]) == ("you@example.com", "Fertig")
    assert message.get_content().startswith("Dein Video ist fertig: ü 🎬\n")
    assert f"{ENDPOINT}/?Action=Unsubscribe&SubscriptionArn=" in message.get_content()
    assert process.printed.get_nowait() == ("mail", f"to you@example.com: {process.mail}/000001.eml")


def test_an_email_json_subscriber_gets_the_envelope(process: MessagingProcess) -> None:
    process.sns.publish(TopicArn=topic_with(process, ("email-json", "you@example.com")), Message="text")
    assert '"Message": "text"' in emails(process)[0].get_content()


def test_a_queue_gets_a_signed_envelope(process: MessagingProcess) -> None:
    url, arn = process.queue("any")
    attributes = {"type": {"DataType": "String", "StringValue": "video.succeeded"}}
    topic = topic_with(process, ("sqs", arn))
    answer = process.sns.publish(TopicArn=topic, Message="text", Subject="s", MessageAttributes=attributes)
    envelope = json.loads(in_queue(process, url)[0]["Body"])
    assert (envelope["MessageId"], envelope["Message"], envelope["Subject"]) == (answer["MessageId"], "text", "s")
    assert envelope["MessageAttributes"] == {"type": {"Type": "String", "Value": "video.succeeded"}}
    certificate = process.messaging.certificate(envelope["SigningCertURL"].removeprefix(ENDPOINT))
    assert certificate
    key = load_pem_x509_certificate(certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signed = "".join(f"{name}\n{envelope[name]}\n" for name in ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"))
    key.verify(base64.b64decode(envelope["Signature"]), signed.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_a_raw_queue_gets_the_message_and_its_attributes(process: MessagingProcess) -> None:
    url, arn = process.queue("any")
    attributes = {
        "number": {"DataType": "Number", "StringValue": "7"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\xff"},
    }
    topic = topic_with(process, ("sqs", arn), RawMessageDelivery="true")
    process.sns.publish(TopicArn=topic, Message="text", MessageAttributes=attributes)
    (message,) = in_queue(process, url, MessageAttributeNames=["All"])
    assert (message["Body"], message["MessageAttributes"]) == ("text", attributes)


def test_a_fifo_queue_gets_the_group_of_the_message(process: MessagingProcess) -> None:
    url, arn = process.queue("any.fifo", FifoQueue="true")
    topic = process.sns.create_topic(Name="events.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    process.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    process.sns.publish(TopicArn=topic, Message="text", MessageGroupId="g", MessageDeduplicationId="d")
    (message,) = in_queue(process, url, AttributeNames=["All"])
    assert (message["Attributes"]["MessageGroupId"], message["Attributes"]["MessageDeduplicationId"]) == ("g", "d")


def test_a_queue_that_does_not_exist_does_not_fail_the_others(process: MessagingProcess) -> None:
    url, arn = process.queue("any")
    topic = topic_with(process, ("sqs", f"{arn}-gone"), ("sqs", arn))
    process.sns.publish(TopicArn=topic, Message="text")
    assert len(in_queue(process, url)) == 1
    assert process.printed.get_nowait()[1] == f"gave up on {arn}-gone: The specified queue does not exist."


def test_a_function_and_a_confirmed_endpoint_have_their_deliveries_in_the_outbox(process: MessagingProcess) -> None:
    topic = topic_with(process, ("lambda", FUNCTION), ("http", "http://127.0.0.1:9/hook"))
    process.sns.publish(TopicArn=topic, Message="early")
    confirmation, early = deliveries(process)
    process.messaging.answer(confirmation.envelope["SubscribeURL"].partition("?")[2])
    process.sns.publish(TopicArn=topic, Message="text")
    assert [(each.endpoint, each.envelope["Message"], each.delays) for each in deliveries(process)[1:]] == [
        (FUNCTION, "early", [60.0, 120.0]),
        (FUNCTION, "text", [60.0, 120.0]),
        ("http://127.0.0.1:9/hook", "text", [20.0, 20.0, 20.0]),
    ]
    assert early.endpoint == FUNCTION


def test_a_filter_policy_suppresses_messages_also_after_a_restart(tmp_path: Path) -> None:
    wanted = {"type": {"DataType": "String", "StringValue": "video.failed"}}
    with running(tmp_path, delivers=False) as process:
        url, arn = process.queue("any")
        by_body, body_arn = process.queue("by-body")
        topic = topic_with(process, ("sqs", arn), FilterPolicy='{"type": ["video.failed"]}')
        topic_with(process, ("sqs", body_arn), FilterPolicy='{"kind": ["b"]}', FilterPolicyScope="MessageBody")
    with running(tmp_path, delivers=False) as process:
        process.sns.publish(TopicArn=topic, Message='{"kind": "a"}', MessageAttributes=wanted)
        process.sns.publish(TopicArn=topic, Message='{"kind": "b"}')
        assert [json.loads(each["Body"])["Message"] for each in in_queue(process, url)] == ['{"kind": "a"}']
        assert [json.loads(each["Body"])["Message"] for each in in_queue(process, by_body)] == ['{"kind": "b"}']


def test_every_one_of_many_subscribers_gets_the_message(process: MessagingProcess) -> None:
    topic = topic_with(process, *(("email", f"{number}@example.com") for number in range(120)))
    process.sns.publish(TopicArn=topic, Message="text")
    assert len({message["To"] for message in emails(process)}) == 120


def test_a_message_without_a_variant_is_refused_and_nobody_gets_it(process: MessagingProcess) -> None:
    url, arn = process.queue("any")
    topic = topic_with(process, ("sqs", arn), ("email", "you@example.com"))
    assert code_of(process.sns.publish, TopicArn=topic, Message='{"sqs": "x"}', MessageStructure="json") == "InvalidParameter"
    assert (in_queue(process, url), emails(process)) == ([], [])


def test_a_full_disk_fails_the_publish_and_nobody_gets_it(process: MessagingProcess) -> None:
    url, arn = process.queue("any")
    topic = topic_with(process, ("sqs", arn), ("lambda", FUNCTION), ("email", "you@example.com"))
    process.sns.publish(TopicArn=topic, Message="first")  # creates the key of the signatures
    before = len(deliveries(process))
    process.limit_disk(1)
    assert code_of(process.sns.publish, TopicArn=topic, Message="x" * 200_000) == "InternalError"
    batch = process.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "x" * 200_000}])
    assert [(each["Id"], each["Code"], each["SenderFault"]) for each in batch["Failed"]] == [("a", "InternalError", False)]
    assert (len(in_queue(process, url)), len(deliveries(process)), len(emails(process))) == (1, before, 1)
    process.limit_disk(None)
    process.sns.publish(TopicArn=topic, Message="second")
    assert (len(in_queue(process, url)), len(emails(process))) == (1, 2)


def test_a_folder_that_takes_no_email_fails_the_publish(process: MessagingProcess) -> None:
    url, arn = process.queue("any")
    topic = topic_with(process, ("sqs", arn), ("email", "you@example.com"))
    process.mail.rmdir()
    assert code_of(process.sns.publish, TopicArn=topic, Message="text") == "InternalError"
    assert in_queue(process, url) == []
    process.mail.mkdir()
    process.sns.publish(TopicArn=topic, Message="text")
    assert (len(in_queue(process, url)), len(emails(process))) == (1, 1)


def test_published_messages_are_not_remembered_in_memory(process: MessagingProcess) -> None:
    from moto.sns.models import sns_backends

    topic = topic_with(process, ("email", "you@example.com"))
    process.sns.publish(TopicArn=topic, Message="text")
    backend = sns_backends["123456789012"]["us-east-1"]
    assert (backend.topics[topic].sent_notifications, backend._message_public_keys) == ([], {})
