"""moto's messages on disk and back."""

import json
from dataclasses import replace

import pytest

from local.aws.sqs.message_format import QueueMessage, from_stored, new_message, number_in, to_stored


def test_a_message_is_json_on_disk_and_the_same_afterwards() -> None:
    attributes = {"b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}, "s": {"DataType": "String", "StringValue": "ü"}}
    system = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}}
    message = new_message("text", attributes, system)
    message.group_id, message.deduplication_id = "g", "d"
    message.mark_sent(delay_seconds=5)
    stored = to_stored(message)
    back = from_stored(replace(stored, number=7, content=json.loads(json.dumps(stored.content))))
    for name in ("id", "body", "message_attributes", "system_attributes", "sender_id", "sent_timestamp", "group_id", "deduplication_id"):
        assert vars(back)[name] == vars(message)[name], name
    assert stored.visible_at == message.delayed_until > stored.sent_at
    assert back.attribute_md5 == message.attribute_md5


def test_a_receipt_handle_names_its_message_and_is_new_each_time() -> None:
    message = new_message("text", {}, None)
    message.mark_sent()
    first, second = (from_stored(replace(to_stored(message), number=7)).receipt_handle or "" for _ in range(2))
    assert first != second
    assert (number_in(first), number_in(second)) == (7, 7)


@pytest.mark.parametrize("handle", ["", "7", "-a", "x-a", "7-", "٣-a", "1234567890123456789-a", "7-a\n"])
def test_what_is_no_receipt_handle_names_no_message(handle: str) -> None:
    assert number_in(handle) is None


def test_messages_are_not_remembered_by_moto() -> None:
    before = len(QueueMessage.instances_tracked)  # type: ignore[attr-defined]  # moto's metaclass sets it
    new_message("text", {}, None)
    assert len(QueueMessage.instances_tracked) == before  # type: ignore[attr-defined]
