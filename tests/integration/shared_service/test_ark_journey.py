"""A task of Ark as the vendor's clients send it: ordered, told of while it runs and when it ends, watched, and deleted."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import requests

from local.demo.draw_lighthouse import PICTURE
from tests.support.local_service import LocalService, eventually
from tests.support.makers import data_uri, http_answer
from tests.support.service_client import Client

if TYPE_CHECKING:
    from tests.support.loopback import Loopback

NAME = "doubao-seedance-1-5-pro-251215"


def test_a_task_is_ordered_called_back_while_it_runs_and_at_its_end_watched_and_deleted(
    local_service: LocalService, loopback: Callable[..., "Loopback"]
) -> None:
    client, receiver = Client(local_service), loopback(http_answer(200))
    tasks = f"{local_service.api}/api/v3/contents/generations/tasks"
    # The first poll always finds it running, however long the service takes to ask.
    content = [
        {"type": "text", "text": "The lamp turns. [sim poll=word:TASK_STATUS_PROCESSING:1] --rs 480p --dur 4"},
        {"type": "image_url", "image_url": {"url": data_uri(PICTURE.read_bytes())}, "role": "first_frame"},
    ]
    body = {"model": NAME, "content": content, "generate_audio": False, "callback_url": f"{receiver.url}/ark", "seed": None, "tools": None}
    created = client.session.post(tasks, json=body, headers={"Idempotency-Key": "order-1"}, timeout=60)
    assert (created.status_code, list(created.json())) == (200, ["id"])
    path = f"{tasks}/{created.json()['id']}"

    def succeeded() -> dict[str, Any]:
        task: dict[str, Any] = client.session.get(path, timeout=60).json()
        return task if task["status"] == "succeeded" else {}

    task = eventually(succeeded)
    shown = ("model", "resolution", "duration", "generate_audio", "error")
    assert [task[name] for name in shown] == [NAME, "480p", 4, False, None]
    assert requests.get(task["content"]["video_url"], timeout=60).content[4:8] == b"ftyp"  # without a key

    said = eventually(lambda: receiver.bodies if len(receiver.bodies) == 2 else [])
    assert [json.loads(each)["status"] for each in said][-1] == "succeeded"
    deliveries = client.get(f"/v1/videos/{task['id']}/deliveries").json()["data"]
    assert [each["type"] for each in deliveries] == ["video.succeeded", "video.running"]
    assert len({each["event_id"] for each in deliveries}) == 2

    listed = client.session.get(tasks, params={"filter.task_ids": task["id"]}, timeout=60).json()
    assert (listed["total"], listed["items"][0]["id"]) == (1, task["id"])
    assert client.session.delete(path, timeout=60).json() == {}
    assert client.session.get(path, timeout=60).status_code == 404
    assert len(client.paid()) == 1
