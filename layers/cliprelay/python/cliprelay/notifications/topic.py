"""The operator's SNS topic, for e-mail, HTTPS and SQS subscribers."""

import json
from typing import TYPE_CHECKING

from cliprelay.notifications.message import Announcement

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class EventsTopic:
    """Publishes announcements; filter policies of subscribers apply to the attributes."""

    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client, self._arn = client, arn

    def publish(self, announcement: Announcement) -> None:
        """Publish one announcement: the text to e-mail subscribers, the JSON to all others."""
        message = json.dumps({"default": announcement.data, "email": announcement.email})
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in announcement.attributes.items()}
        self._client.publish(
            TopicArn=self._arn,
            Subject=announcement.subject,
            Message=message,
            MessageStructure="json",
            MessageAttributes=attributes,  # type: ignore[arg-type]  # the stub requires its own TypedDict
        )
