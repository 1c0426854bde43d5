"""An order as the clients of MyRouter's API send it: key without `Bearer`, a second slash, a wait by reads, a download without a key."""

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import requests
from standardwebhooks import Webhook

from local.demo.draw_lighthouse import PICTURE
from tests.support.local_service import LocalService, eventually
from tests.support.makers import data_uri, http_answer
from tests.support.service_client import Client

if TYPE_CHECKING:
    from tests.support.loopback import Loopback

OPEN = ("TASK_STATUS_QUEUED", "TASK_STATUS_PROCESSING")


def test_an_order_becomes_a_task_a_file_and_an_event(local_service: LocalService, loopback: Callable[..., "Loopback"]) -> None:
    receiver, owner = loopback(http_answer(204)), Client(local_service)
    client = requests.Session()
    client.headers.update({"Authorization": local_service.ready["api_key"], "Content-Type": "application/json"})
    order = {"image": data_uri(PICTURE.read_bytes()), "prompt": "The lamp turns.", "duration": 4, "resolution": "480p", "seed": 7}
    extra = {"webhook": {"url": f"{receiver.url}/novita"}}
    ordered = client.post(f"{local_service.api}//v3/async/seedance-v1.5-pro-i2v", json={**order, "extra": extra}, timeout=60)
    assert ordered.status_code == 200, ordered.text
    task_id = ordered.json()["task_id"]
    assert ordered.json() == {"id": task_id, "task_id": task_id}

    def ended() -> dict[str, Any]:
        read = client.get(f"{local_service.api}/v3/async/task-result", params={"task_id": task_id}, timeout=60)
        assert read.status_code == 200
        found: dict[str, Any] = read.json()
        return found if found["task"]["status"] not in OPEN else {}

    found = eventually(ended)
    assert (found["task"]["status"], found["extra"]["seed"]) == ("TASK_STATUS_SUCCEED", "7")
    (file,) = found["videos"]
    downloaded = requests.get(file["video_url"], timeout=60).content
    assert hashlib.sha256(downloaded).hexdigest() == owner.ending(task_id)["video"]["sha256"]
    assert 0 < int(file["video_url_ttl"]) <= 30 * 86_400

    head, body = eventually(lambda: [*zip(receiver.heads, receiver.bodies, strict=True)])[0]
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])}
    secret = owner.get("/v1/webhook").json()["secrets"][0]["secret"]
    Webhook(secret).verify(body, headers)
    event = json.loads(body)
    assert (event["event_type"], event["payload"]["task"]) == ("ASYNC_TASK_RESULT", found["task"])
    assert event["payload"]["videos"][0]["video_url"] == file["video_url"]
