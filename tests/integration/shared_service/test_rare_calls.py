"""Calls to AWS that only a rare event leads to, by the real functions: the judge of permissions wants each grant used."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from local.demo.draw_lighthouse import PICTURE
from tests.support.local_service import LocalService, eventually
from tests.support.makers import http_answer
from tests.support.service_client import Client

if TYPE_CHECKING:
    import socket

    from tests.support.loopback import Loopback


@pytest.fixture
def client(local_service: LocalService) -> Client:
    return Client(local_service)


@pytest.fixture
def default_webhook(client: Client) -> Iterator[Callable[[str | None], requests.Response]]:
    """Set the tenant's webhook, and remove it after the test: the service is shared."""

    def put(url: str | None) -> requests.Response:
        return client.session.put(f"{client.service.api}/v1/webhook", json={"url": url}, timeout=60)

    yield put
    assert put(None).status_code == 200


def _deliveries(client: Client, video_id: str) -> dict[int, dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/v1/videos/{video_id}/deliveries").json()["data"]
    return {int(each["id"].rpartition("-")[2]): each for each in found}


def test_a_delivery_whose_execution_was_stopped_continues_and_its_last_failure_reaches_the_queue(
    client: Client, loopback: Callable[..., "Loopback"]
) -> None:
    service, outputs = client.service, client.service.outputs()
    # The receiver asks for hours of patience, so that the execution waits when it is stopped.
    receiver = loopback(http_answer(503, Retry_After="86400"))
    video_id = client.order("A receiver that is down", webhook_url=f"{receiver.url}/", webhook_events=["video.succeeded"])
    first = eventually(lambda: next((each for each in _deliveries(client, video_id).values() if each["attempts"]), None))
    assert first
    machine = outputs["DeliveryStateMachineArn"].replace(":stateMachine:", ":execution:")
    service.client("stepfunctions").stop_execution(executionArn=f"{machine}:{first['id']}")
    # Ten minutes later, and nine failures later.
    service.client("dynamodb").update_item(
        TableName=outputs["WebhooksTableName"],
        Key={"id": {"S": first["id"]}},
        UpdateExpression="SET due_at = :long_ago, failures = :most",
        ExpressionAttributeValues={":long_ago": {"N": "1"}, ":most": {"N": "9"}},
    )
    ended = eventually(lambda: (found := _deliveries(client, video_id).get(2, {})).get("status") == "failed" and found)
    assert ended
    assert [attempt["status"] for attempt in ended["attempts"]] == [503, 503]
    messages = service.client("sqs").receive_message(QueueUrl=outputs["UndeliveredQueueUrl"], MaxNumberOfMessages=10)["Messages"]
    assert any(video_id in message["Body"] for message in messages)


def test_a_default_webhook_can_be_set_and_removed(default_webhook: Callable[[str | None], requests.Response]) -> None:
    assert default_webhook("http://127.0.0.1:9/clips").json()["url"] == "http://127.0.0.1:9/clips"


# The first pair warms a second sandbox of the API, so that in the second one both requests are really under way at once.
@pytest.mark.parametrize("key", ["a-cold-pair", "a-warm-pair"])
def test_of_two_concurrent_orders_with_one_key_the_loser_deletes_its_image(
    client: Client, loopback: Callable[..., "Loopback"], key: str
) -> None:
    first, answers = iter((True,)), list[requests.Response]()

    def order() -> None:
        answers.append(client.post("Two at once", key=key, last_image=f"{picture.url}/last.png"))

    def show(connection: "socket.socket") -> None:
        # The second order arrives while the first one's image is looked at.
        if next(first, False):
            order()
        http_answer(200, PICTURE.read_bytes(), Content_Type="image/png")(connection)

    picture = loopback(show)
    order()
    eventually(lambda: len(answers) == 2)
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert sorted(answer.headers.get("Idempotency-Replayed", "") for answer in answers) == ["", "true"]
    bucket = client.service.outputs()["VideoBucketName"]
    keys = [each["Key"] for each in client.service.client("s3").list_objects_v2(Bucket=bucket, Prefix="inputs/")["Contents"]]
    used = {value["S"] for record in client.records() for value in _values(record) if value["S"].startswith("inputs/")}
    assert set(keys) <= used


def _values(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every value of an item in DynamoDB's format, at any depth."""
    if isinstance(value, dict):
        if "S" in value:
            yield value
        for inner in value.values():
            yield from _values(inner)
