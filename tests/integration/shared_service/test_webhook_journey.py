"""The delivery of an event to a webhook, through the real state machine and function."""

import email
import email.policy
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standardwebhooks import Webhook

from tests.support.local_service import LocalService, eventually
from tests.support.makers import http_answer
from tests.support.service_client import Client

if TYPE_CHECKING:
    import socket

    from tests.support.loopback import Loopback


def _mails(service: LocalService, words: str) -> list[str]:
    texts = (path.read_bytes() for path in Path(service.ready["mail"]).glob("*.eml"))
    messages = [email.message_from_bytes(text, policy=email.policy.default) for text in texts]
    return [message.get_content() for message in messages if words in message["Subject"]]


def _headers(head: str) -> dict[str, str]:
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])}


def test_an_event_arrives_after_a_failure_is_sent_again_and_an_endpoint_that_is_gone_is_told_of(
    local_service: LocalService, loopback: Callable[..., "Loopback"]
) -> None:
    client, statuses = Client(local_service), iter((500, 204, 410))

    def answer(connection: "socket.socket") -> None:
        http_answer(next(statuses))(connection)

    receiver = loopback(answer)
    video_id = client.order("A webhook", webhook_url=f"{receiver.url}/clips?token=geheim", webhook_events=["video.succeeded"])
    path = f"/v1/videos/{video_id}/deliveries"

    def log(number: int, status: str) -> dict[str, Any]:
        """Wait until a delivery has a status, and return it."""

        def found() -> dict[str, Any]:
            known: list[dict[str, Any]] = client.get(path).json()["data"]
            return next((each for each in known if each["id"].endswith(f"-{number}") and each["status"] == status), {})

        return eventually(found)

    delivered = log(1, "delivered")
    assert [attempt["status"] for attempt in delivered["attempts"]] == [500, 204]
    secret = client.get("/v1/webhook").json()["secrets"][0]["secret"]
    for head, body in zip(receiver.heads, receiver.bodies, strict=True):
        event = Webhook(secret).verify(body, _headers(head))
        assert (event["type"], event["data"]["id"], event["data"]["status"]) == ("video.succeeded", video_id, "succeeded")
    assert {_headers(head)["webhook-id"] for head in receiver.heads} == {delivered["event_id"]}

    assert client.session.post(f"{local_service.api}{path}", timeout=30).status_code == 202
    assert log(2, "disabled")["attempts"][0]["status"] == 410
    assert any(video_id in text for text in eventually(lambda: _mails(local_service, "webhook was disabled")))

    # The URL is the tenant's secret: it is in no log and no history.
    assert "geheim" not in local_service.log("DeliverFunction") + local_service.log("NotifyFunction") + local_service.output
    machine = local_service.outputs()["DeliveryStateMachineArn"].replace(":stateMachine:", ":execution:")
    history = local_service.client("stepfunctions").get_execution_history(executionArn=f"{machine}:{delivered['id']}", maxResults=1_000)
    assert "geheim" not in json.dumps(history, default=str)
    assert secret not in json.dumps(history, default=str)
