"""The topic of alarms, which CloudWatch publishes to as well: messages to the operator."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class AlarmsTopic:
    """Publishes text for people."""

    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client, self._arn = client, arn

    def publish(self, subject: str, lines: Sequence[str]) -> None:
        """Publish one message."""
        self._client.publish(TopicArn=self._arn, Subject=subject, Message="\n".join([*lines, ""]))
