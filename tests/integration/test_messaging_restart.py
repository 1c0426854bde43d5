"""A service is killed and started again on its folder: secrets, subscriptions, links, queues and e-mails are what they were."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.durable_messaging import Receiver
from tests.support.local_service import LocalService, StartService, eventually


def _known(service: LocalService) -> dict[str, Any]:
    """Return what must be the same after a restart."""
    secrets, sns, outputs = service.client("secretsmanager"), service.client("sns"), service.outputs()
    values = [secrets.get_secret_value(SecretId=outputs[name]) for name in ("WebhookSecretArn", "UpstreamSecretArn")]
    for value in values:
        del value["ResponseMetadata"]
    return {
        "aws": service.ready["aws"],
        "secrets": values,
        "topics": sorted(topic["TopicArn"] for topic in sns.list_topics()["Topics"]),
        "subscriptions": sorted(sns.list_subscriptions()["Subscriptions"], key=str),
        "queues": sorted(service.client("sqs").list_queues()["QueueUrls"]),
    }


def _publish(service: LocalService, text: str) -> str:
    topic = service.outputs()["EventsTopicArn"]
    message: str = service.client("sns").publish(TopicArn=topic, Subject="any", Message=text)["MessageId"]
    return message


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def test_a_killed_service_goes_on_with_its_secrets_subscriptions_links_and_messages(
    start_service: StartService, tmp_path: Path, receiver: Receiver
) -> None:
    def start() -> LocalService:
        flags = ("--state-dir", str(tmp_path / "state"), "--events-url", receiver.url)
        return start_service("--time-scale", "0.02", *flags, ephemeral=False)

    receiver.statuses = [200]
    first = start()
    link = json.loads(receiver.next()[1])["SubscribeURL"]
    sqs, (undelivered, *_) = first.client("sqs"), first.client("sqs").list_queues(QueueNamePrefix="cliprelay-Undelivered")["QueueUrls"]
    sent = sqs.send_message(QueueUrl=undelivered, MessageBody="any")["MessageId"]
    _publish(first, "first")
    before = _known(first)
    first.process.kill()
    first.process.wait()

    second = start()
    assert _known(second) == before
    assert requests.get(link, timeout=30).status_code == 200  # sent before the restart
    message = _publish(second, "second")
    eventually(lambda: any(json.loads(receiver.next()[1])["MessageId"] == message for _ in range(2)))
    assert [path.name for path in sorted(Path(second.ready["mail"]).iterdir())] == ["000001.eml", "000002.eml"]
    (found,) = second.client("sqs").receive_message(QueueUrl=undelivered)["Messages"]
    assert found["MessageId"] == sent
    receiver.server.shutdown()
