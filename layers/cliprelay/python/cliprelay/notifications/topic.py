"""The operator's SNS topic: the account's own bus for e-mail, HTTPS and SQS subscribers."""

import json
from typing import TYPE_CHECKING

from cliprelay.notifications.message import Announcement

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class EventsTopic:
    """Publishes announcements; a subscriber's filter policy sees the attributes."""

    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client, self._arn = client, arn

    def publish(self, announcement: Announcement) -> None:
        """Publish once; e-mail gets the text, everybody else the JSON."""
        message = json.dumps({"default": announcement.data, "email": announcement.email})
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in announcement.attributes.items()}
        self._client.publish(
            TopicArn=self._arn,
            Subject=announcement.subject,
            Message=message,
            MessageStructure="json",
            MessageAttributes=attributes,  # type: ignore[arg-type]  # the stub wants its own TypedDict
        )
