"""SQS over moto: what was answered is there after a restart, and dead letters, delays and batches work as before."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto.sqs.models import sqs_backends

from tests.support.durable_messaging import MessagingProcess, running
from tests.support.memory_aws.backends import code_of


def receive(process: MessagingProcess, url: str, **given: Any) -> list[dict[str, Any]]:
    answer = process.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], **given)
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


def bodies(process: MessagingProcess, url: str, **given: Any) -> list[str]:
    return [message["Body"] for message in receive(process, url, **given)]


def test_messages_survive_with_their_ids_attributes_and_receives(tmp_path: Path) -> None:
    attributes = {
        "text": {"DataType": "String", "StringValue": "ü"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    with running(tmp_path) as process:
        url, _ = process.queue("any")
        sent = process.sqs.send_message(QueueUrl=url, MessageBody="one", MessageAttributes=attributes)
        (before,) = receive(process, url, VisibilityTimeout=0, MessageAttributeNames=["All"])
    with running(tmp_path) as process:
        (after,) = receive(process, url, MessageAttributeNames=["All"])
    assert (after["MessageId"], after["MD5OfBody"]) == (sent["MessageId"], sent["MD5OfMessageBody"])
    assert after["MessageAttributes"] == attributes
    assert after["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp", "SenderId"):
        assert after["Attributes"][name] == before["Attributes"][name]
    assert [each["Attributes"]["ApproximateReceiveCount"] for each in (before, after)] == ["1", "2"]


def test_only_the_message_attributes_that_are_asked_for_are_answered(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        url, _ = process.queue("any")
        text = {"DataType": "String", "StringValue": "x"}
        process.sqs.send_message(QueueUrl=url, MessageBody="one", MessageAttributes={"a.1": text, "b": text})
        (message,) = receive(process, url, MessageAttributeNames=["a.*"])
        assert set(message["MessageAttributes"]) == {"a.1"}


def test_a_message_in_flight_at_the_crash_comes_again_and_its_handle_still_deletes_it(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        url, _ = process.queue("any")
        process.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": each, "MessageBody": each} for each in ("one", "two")])
        handles = {each["Body"]: each["ReceiptHandle"] for each in receive(process, url, VisibilityTimeout=60)}
    with running(tmp_path) as process:
        assert bodies(process, url) == []
        process.sqs.delete_message(QueueUrl=url, ReceiptHandle=handles["one"])
        process.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handles["two"], VisibilityTimeout=0)
        assert bodies(process, url, VisibilityTimeout=0) == ["two"]


def test_a_queue_keeps_its_attributes_tags_and_dead_letter_queue(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        dead, arn = process.queue("dead")
        url, _ = process.queue("any", RedrivePolicy=f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": "1"}}', DelaySeconds="0")
        process.sqs.tag_queue(QueueUrl=url, Tags={"a": "b"})
        process.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": '{"Statement": [{"Sid": "any"}]}'})
        process.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
        process.sqs.send_message(QueueUrl=url, MessageBody="one")
        before = process.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    with running(tmp_path) as process:
        assert process.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] == before
        assert (before["VisibilityTimeout"], "Statement" in before["Policy"]) == ("7", True)
        assert process.sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "b"}
        assert bodies(process, url, VisibilityTimeout=0) == ["one"]
        assert bodies(process, url, VisibilityTimeout=0) == []
        assert bodies(process, dead) == ["one"]
        assert process.sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]


def test_a_dead_letter_queue_that_was_deleted_takes_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        dead, arn = process.queue("dead")
        url, _ = process.queue("any", RedrivePolicy=f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": "1"}}')
        process.sqs.send_message(QueueUrl=url, MessageBody="one")
        process.sqs.delete_queue(QueueUrl=dead)
        assert [bodies(process, url, VisibilityTimeout=0) for _ in range(3)] == [["one"]] * 3


def test_a_new_queue_has_no_messages_of_a_deleted_one(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        url, _ = process.queue("any")
        process.sqs.send_message(QueueUrl=url, MessageBody="old")
        process.sqs.delete_queue(QueueUrl=url)
    with running(tmp_path) as process:
        assert "QueueUrls" not in process.sqs.list_queues()
        process.queue("any")
        assert bodies(process, url) == []
        with process.database.transaction() as connection:
            assert connection.execute("SELECT count(*) FROM sqs_messages").fetchone() == (0,)


def test_a_purged_queue_stays_empty(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        url, _ = process.queue("any")
        process.sqs.send_message(QueueUrl=url, MessageBody="old")
        process.sqs.purge_queue(QueueUrl=url)
        process.sqs.send_message(QueueUrl=url, MessageBody="new")
    with running(tmp_path) as process:
        assert bodies(process, url) == ["new"]


def test_a_fifo_queue_keeps_its_order_and_takes_a_repeated_message_once(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        url, _ = process.queue("any.fifo", FifoQueue="true", ContentBasedDeduplication="true")
        for body in ("one", "two", "one"):
            process.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
        assert bodies(process, url, VisibilityTimeout=0) == ["one", "two"]
    with running(tmp_path) as process:
        assert bodies(process, url) == ["one", "two"]
        assert code_of(process.sqs.send_message, QueueUrl=url, MessageBody="x") == "MissingParameter"


def test_a_waiting_reader_gets_a_message_when_it_is_sent(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        url, _ = process.queue("any")
        got: list[str] = []
        reader = threading.Thread(target=lambda: got.extend(bodies(process, url, WaitTimeSeconds=20)))
        reader.start()
        process.sqs.send_message(QueueUrl=url, MessageBody="one")
        reader.join()
        assert got == ["one"]


def test_wrong_handles_and_delays_are_refused(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        url, _ = process.queue("any")
        for handle in ("guessed", "1", "9" * 30 + "-a"):
            assert code_of(process.sqs.delete_message, QueueUrl=url, ReceiptHandle=handle) == "ReceiptHandleIsInvalid"
        hide = {"QueueUrl": url, "VisibilityTimeout": 1, "ReceiptHandle": "77-a"}
        assert code_of(process.sqs.change_message_visibility, **hide) == "ReceiptHandleIsInvalid"
        for delay in (901, -1):
            assert code_of(process.sqs.send_message, QueueUrl=url, MessageBody="x", DelaySeconds=delay) == "InvalidParameterValue"
        process.sqs.send_message(QueueUrl=url, MessageBody="x")
        (message,) = receive(process, url)
        hide |= {"ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 43_200}
        process.sqs.change_message_visibility(**(hide | {"VisibilityTimeout": 43_000}))


def test_a_batch_names_the_entries_that_failed(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        url, _ = process.queue("any")
        entries = [{"Id": "good", "MessageBody": "x"}, {"Id": "bad", "MessageBody": "x", "DelaySeconds": 901}]
        answer = process.sqs.send_message_batch(QueueUrl=url, Entries=entries)
        assert ([each["Id"] for each in answer["Successful"]], [each["Id"] for each in answer["Failed"]]) == (["good"], ["bad"])
        (message,) = receive(process, url)
        handles = [{"Id": "good", "ReceiptHandle": message["ReceiptHandle"]}, {"Id": "bad", "ReceiptHandle": "guessed"}]
        answer = process.sqs.delete_message_batch(QueueUrl=url, Entries=handles)
        assert ([each["Id"] for each in answer["Successful"]], [each["Id"] for each in answer["Failed"]]) == (["good"], ["bad"])


def test_a_full_disk_fails_what_writes_and_leaves_the_rest(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        url, _ = process.queue("any")
        process.sqs.send_message(QueueUrl=url, MessageBody="one")
        process.limit_disk(0)
        assert code_of(process.sqs.send_message, QueueUrl=url, MessageBody="x" * 100_000) == "InternalFailure"
        tags = {str(number): "x" * 250 for number in range(50)}
        assert code_of(process.sqs.tag_queue, QueueUrl=url, Tags=tags) == "InternalFailure"
        assert code_of(process.sqs.create_queue, QueueName="other", tags=tags) == "InternalFailure"
        assert process.sqs.list_queues()["QueueUrls"] == [url]
        assert process.sqs.list_queue_tags(QueueUrl=url)["Tags"] == {}
        process.limit_disk(None)
        process.sqs.send_message(QueueUrl=url, MessageBody="two")
        assert bodies(process, url) == ["one", "two"]


@pytest.mark.parametrize("shown", [("ApproximateNumberOfMessages", "1"), ("ApproximateNumberOfMessagesNotVisible", "1")])
def test_the_numbers_of_messages_are_those_on_disk(tmp_path: Path, shown: tuple[str, str]) -> None:
    with running(tmp_path) as process:
        url, _ = process.queue("any")
        for body in ("one", "two"):
            process.sqs.send_message(QueueUrl=url, MessageBody=body)
        process.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    with running(tmp_path) as process:
        assert process.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[shown[0]])["Attributes"] == dict([shown])


@pytest.mark.parametrize(("succeeds", "left"), [(True, 0), (False, 2)])
def test_a_function_that_reads_the_queue_gets_its_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, succeeds: bool, left: int
) -> None:
    batches: list[list[str]] = []

    def send_sqs_batch(arn: str, messages: list[Any], queue_arn: str) -> bool:
        batches.append(sorted(message.body for message in messages))
        return succeeds

    monkeypatch.setattr("moto.awslambda.utils.get_backend", lambda *given: SimpleNamespace(send_sqs_batch=send_sqs_batch))
    with running(tmp_path) as process:
        url, _ = process.queue("any")
        queue = sqs_backends["123456789012"]["us-east-1"].queues["any"]
        queue.lambda_event_source_mappings["arn"] = SimpleNamespace(enabled=True, batch_size=10)  # type: ignore[assignment]
        process.sqs.send_message(QueueUrl=url, MessageBody="one")
        process.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "two"}])
        assert batches == ([["one"], ["two"]] if succeeds else [["one"], ["one", "two"]])
        assert len(bodies(process, url)) == left
