"""An image too large for a request body, from the form upload to the finished video."""

import hashlib
import random
import zlib
from struct import pack
from typing import Any

import pytest
import requests

from tests.support.image_files import png_chunk
from tests.support.local_service import LocalService
from tests.support.makers import any_png
from tests.support.service_client import Client

# Over the limit of 4.0 MB for inline images, but small enough to be quick.
WIDTH, HEIGHT = 1_280, 1_100


@pytest.fixture(scope="module")
def picture() -> bytes:
    """Return a PNG of incompressible noise."""
    noise = random.Random(7)  # noqa: S311 - a picture
    rows = b"".join(b"\0" + noise.randbytes(3 * WIDTH) for _ in range(HEIGHT))
    header = png_chunk(b"IHDR", pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(rows, 0)) + png_chunk(b"IEND", b"")


@pytest.fixture
def client(local_service: LocalService) -> Client:
    return Client(local_service)


def _offer(client: Client, size: int, **more: str) -> dict[str, Any]:
    body = {"content_type": "image/png", "bytes": size, **more}
    answer = client.session.post(f"{client.service.api}/v1/uploads", json=body, timeout=60)
    assert answer.status_code == 201, answer.text
    offer: dict[str, Any] = answer.json()
    return offer


def _send(offer: dict[str, Any], data: bytes, **changes: str) -> requests.Response:
    return requests.post(offer["url"], data=offer["fields"] | changes, files={"file": ("a.png", data)}, timeout=60)


def test_a_large_image_is_uploaded_and_becomes_a_video(client: Client, picture: bytes) -> None:
    assert len(picture) > 4_000_000
    offer = _offer(client, len(picture))
    assert _send(offer, picture).status_code == 204
    video_id = client.order("A large picture", image=offer["image"], ratio="9:16")
    video = client.ending(video_id)
    assert video["status"] == "succeeded"
    assert [warning["code"] for warning in video["warnings"]] == ["audio_doubles_price", "will_crop"]
    assert (video["request"]["ratio"], offer["image"] in str(video)) == ("9:16", False)


def test_a_form_accepts_only_its_own_upload(client: Client, picture: bytes) -> None:
    offer = _offer(client, 1_000)
    refusals = [_send(offer, bytes(1_001)), _send(offer, bytes(9), key="inputs/local/a"), _send(offer, b"")]
    assert [answer.status_code for answer in refusals] == [400, 403, 400]
    assert ["EntityTooLarge" in refusals[0].text, "AccessDenied" in refusals[1].text, "EntityTooSmall" in refusals[2].text] == [True] * 3
    answer = client.post("Nothing there", image=offer["image"])
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "image_upload")


@pytest.mark.parametrize(("size", "status"), [(9, 204), (11, 400)])
def test_a_page_of_any_origin_may_send_a_form_and_read_the_answer(client: Client, size: int, status: int) -> None:
    offer = _offer(client, 10)
    origin = {"Origin": "https://console.example.com"}
    answer = requests.post(offer["url"], data=offer["fields"], files={"file": ("a.png", bytes(size))}, headers=origin, timeout=60)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, origin["Origin"])


@pytest.mark.parametrize("with_checksum", [False, True])
def test_a_script_that_uploads_and_orders_under_a_fixed_key_pays_once(client: Client, picture: bytes, with_checksum: bool) -> None:
    known = {"sha256": hashlib.sha256(picture).hexdigest()} if with_checksum else {}

    def script(data: bytes = picture) -> requests.Response:
        offer = _offer(client, len(picture), **known)
        assert _send(offer, data).status_code == (204 if data == picture or not known else 400)
        return client.post("The sea at night", key=f"fixed-{with_checksum}", image=offer["image"])

    first, second = script(), script()
    assert (first.status_code, second.status_code, second.json()["id"]) == (202, 200, first.json()["id"])
    other = script(any_png(512, 512)).json()
    assert other.get("video_id") == (None if with_checksum else first.json()["id"])
    assert other["code"] == ("invalid_request" if with_checksum else "idempotency_key_reused")


def test_a_repeated_upload_replaces_the_image_until_it_is_ordered(client: Client, picture: bytes) -> None:
    offer = _offer(client, len(picture))
    assert [_send(offer, data).status_code for data in (picture, any_png(512, 512))] == [204, 204]
    quote = client.session.post(f"{client.service.api}/v1/quotes", json={"image": offer["image"], "prompt": "A square"}, timeout=60).json()
    assert (quote["geometry"]["width"], quote["geometry"]["height"]) == (960, 960)
    video_id = client.order("A square", image=offer["image"])
    assert _send(offer, b"no picture at all").status_code == 204
    assert client.ending(video_id)["status"] == "succeeded"
    assert client.post("Replaced", image=offer["image"]).json()["errors"][0]["code"] == "image_format"


def test_the_same_image_inline_is_rejected_with_413_and_a_hint(client: Client, picture: bytes) -> None:
    from tests.support.makers import data_uri

    answer = client.post("Too large", image=data_uri(picture))
    assert (answer.status_code, answer.json()["code"]) == (413, "image_too_large")
    assert "POST /v1/uploads" in answer.json()["detail"]


def test_a_body_over_the_functions_limit_is_rejected_as_by_the_gateway(client: Client, picture: bytes) -> None:
    from tests.support.makers import data_uri

    answer = client.post("Far too large", image=data_uri(picture + bytes(1_000_000)))
    assert (answer.status_code, answer.json()) == (413, {"message": "Request Entity Too Large"})
