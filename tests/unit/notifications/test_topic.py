"""The operator's topic: text for e-mail, JSON for everybody else, and attributes that filter policies see."""

import json
from typing import Any

from cliprelay.notifications.message import Announcement
from cliprelay.notifications.topic import EventsTopic

ANNOUNCEMENT = Announcement(
    "ClipRelay: ready", "Your video is ready.", '{"type": "video.succeeded"}', {"type": "video.succeeded", "tenant": "acme"}
)


class Published:
    """Remembers what SNS is asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def publish(self, **message: Any) -> None:
        self.asked.append(message)


def test_an_announcement_is_published_once_with_a_text_for_each_kind_of_subscriber() -> None:
    sns: Any = Published()
    EventsTopic(sns, "arn:aws:sns:us-east-1:123456789012:events").publish(ANNOUNCEMENT)
    (asked,) = sns.asked
    assert (asked["TopicArn"], asked["Subject"]) == ("arn:aws:sns:us-east-1:123456789012:events", "ClipRelay: ready")
    assert asked["MessageStructure"] == "json"
    assert json.loads(asked["Message"]) == {"default": ANNOUNCEMENT.data, "email": "Your video is ready."}


def test_every_attribute_is_a_string_that_filters_see() -> None:
    sns: Any = Published()
    EventsTopic(sns, "any").publish(ANNOUNCEMENT)
    assert sns.asked[0]["MessageAttributes"] == {
        "type": {"DataType": "String", "StringValue": "video.succeeded"},
        "tenant": {"DataType": "String", "StringValue": "acme"},
    }
