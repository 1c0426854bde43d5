"""A video through OpenAI's Videos API, as its packages send it, on the running service: paid once although answers are lost."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from local.demo.draw_lighthouse import PICTURE
from tests.support.local_service import LocalService, eventually
from tests.support.lossy_proxy import CUT, LossyProxy
from tests.support.service_client import Client

FIELDS = {"seconds": "4", "size": "864x496", "generate_audio": "false"}


@pytest.fixture(scope="module")
def client(local_service: LocalService) -> Client:
    return Client(local_service)


@pytest.fixture
def proxy(local_service: LocalService) -> Iterator[LossyProxy]:
    made = LossyProxy(local_service.api)
    yield made
    made.close()


def order(client: Client, base_url: str, count: int, prompt: str) -> requests.Response:
    """Send one try of an order; each has another boundary."""
    files = {"input_reference": ("upload", PICTURE.read_bytes(), "application/octet-stream")}
    headers = {"x-stainless-retry-count": str(count)}
    return client.session.post(f"{base_url}/openai/v1/videos", data={**FIELDS, "prompt": prompt}, files=files, headers=headers, timeout=60)


def poll(client: Client, video_id: str) -> dict[str, Any]:
    """Return a video once it has ended, polled as the package's helper does."""

    def ended() -> dict[str, Any]:
        video: dict[str, Any] = client.get(f"/openai/v1/videos/{video_id}", headers={"x-stainless-poll-helper": "true"}).json()
        return {} if video["status"] in ("queued", "in_progress") else video

    return eventually(ended)


def test_an_order_whose_answers_are_lost_is_one_video_that_is_paid_once_and_downloaded(client: Client, proxy: LossyProxy) -> None:
    base_url, prompt = proxy.url("lossy", CUT, "503"), f"The lamp turns. {uuid.uuid4()}"
    before = len(client.paid())
    with pytest.raises(requests.ConnectionError):
        order(client, base_url, 0, prompt)
    assert order(client, base_url, 1, prompt).status_code == 503
    answer = order(client, base_url, 2, prompt)
    assert (answer.status_code, answer.json()["object"]) == (200, "video")
    video = poll(client, answer.json()["id"])
    assert (video["status"], video["progress"], video["error"], video["size"]) == ("completed", 100, None, "864x496")
    assert len(client.paid()) == before + 1
    content = client.get(f"/openai/v1/videos/{video['id']}/content")
    assert content.content[4:8] == b"ftyp"
    assert "X-Amz-Signature" in content.url
    assert video["id"] in [each["id"] for each in client.get("/openai/v1/videos").json()["data"]]
    deleted = client.session.delete(f"{client.service.api}/openai/v1/videos/{video['id']}", timeout=60)
    assert deleted.json() == {"id": video["id"], "object": "video.deleted", "deleted": True}


def test_a_refusal_reaches_the_client_in_openai_s_envelope(client: Client) -> None:
    answer = client.session.post(f"{client.service.api}/openai/v1/videos/", json={"prompt": "x"}, timeout=60)
    assert answer.status_code == 404
    said = client.session.post(f"{client.service.api}/openai/v1/videos", json={"prompt": "x", "size": "1024x1792"}, timeout=60)
    assert (said.status_code, said.json()["error"]["param"], said.headers["x-should-retry"]) == (400, "size", "false")
