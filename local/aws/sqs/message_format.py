"""Translate between moto's messages and those on disk, whose content is JSON."""

import base64
import re
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

from moto.sqs.models import Message

from local.aws.sqs.messages import StoredMessage

# The number of the message; digits that SQLite can hold.
_HANDLE = re.compile(r"([0-9]{1,18})-[A-Za-z0-9_-]+")


class QueueMessage(Message):
    """A message of moto that exists for one request; moto's own base class remembers every object for ever."""

    def __new__(cls, *given: Any, **named: Any) -> "QueueMessage":
        return object.__new__(cls)


def new_message(body: str, attributes: dict[str, Any], system_attributes: dict[str, Any] | None) -> QueueMessage:
    message = QueueMessage(str(uuid4()), body, system_attributes)
    message.message_attributes = attributes
    return message


def to_stored(message: Message) -> StoredMessage:
    content = {
        "id": message.id,
        "body": message.body,
        "attributes": _encoded(message.message_attributes),
        "system_attributes": _encoded(message.system_attributes),
        "sender_id": message.sender_id,
        "sequence_number": message.sequence_number,
    }
    sent_at = float(message.sent_timestamp or 0)
    visible_at = max(sent_at, message.delayed_until)
    return StoredMessage(0, visible_at, sent_at, 0, None, message.group_id, message.deduplication_id, content)


def from_stored(stored: StoredMessage) -> QueueMessage:
    """Return a received message with a new receipt handle; handles stay valid until the message is deleted."""
    content = stored.content
    message = QueueMessage(content["id"], content["body"], _decoded(content["system_attributes"]))
    message.message_attributes = _decoded(content["attributes"])
    message.sender_id, message.sequence_number = content["sender_id"], content["sequence_number"]
    message.group_id, message.deduplication_id = stored.group, stored.deduplication
    message.sent_timestamp = int(stored.sent_at)  # type: ignore[assignment]  # moto declares None
    message.approximate_receive_count = stored.receives
    message.approximate_first_receive_timestamp = int(stored.first_received_at or 0)
    message.visible_at = stored.visible_at
    message.receipt_handle = f"{stored.number}-{token_urlsafe(48)}"
    return message


def number_in(receipt_handle: str) -> int | None:
    """Return the number of the message that a receipt handle is for, or None if it is not a handle of ours."""
    found = _HANDLE.fullmatch(receipt_handle)
    return int(found[1]) if found else None


def _encoded(attributes: dict[str, Any]) -> dict[str, Any]:
    """Replace binary values, which JSON does not have, by Base64."""
    return {
        name: {field: base64.b64encode(value).decode() if isinstance(value, bytes) else value for field, value in attribute.items()}
        for name, attribute in attributes.items()
    }


def _decoded(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {field: base64.b64decode(value) if field == "BinaryValue" else value for field, value in attribute.items()}
        for name, attribute in attributes.items()
    }
