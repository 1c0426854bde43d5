"""The life of a video through the real state machine, functions and simulator, as seen by a client."""

import base64
import hashlib
import io
import json
import re
import uuid

import av
import pytest
import requests

from tests.support.local_service import LocalService, StartService, eventually
from tests.support.service_client import Client


@pytest.fixture
def client(local_service: LocalService) -> Client:
    return Client(local_service)


@pytest.fixture(scope="module", params=["own", "moto"])
def client_over_either_tables(request: pytest.FixtureRequest, start_service: StartService) -> Client:
    """The service's own tables never judge themselves alone: moto's must give the same journey."""
    if request.param == "own":
        return Client(request.getfixturevalue("local_service"))
    return Client(start_service("--tables", "moto", "--time-scale", "0.02", own_videos=True))


def test_a_text_to_video_order_costs_the_quoted_price(client: Client) -> None:
    order = {"model": "seedance-v1.5-pro-t2v", "prompt": "Waves at dusk.", "duration": 4, "resolution": "480p", "ratio": "1:1"}
    quoted = client.session.post(f"{client.service.api}/v1/quotes", json=order, timeout=60).json()
    ordered = client.session.post(f"{client.service.api}/v1/videos", json=order, timeout=60).json()
    video = client.ending(ordered["id"])
    assert video["status"] == "succeeded"
    assert video["cost"] == {"tokens": quoted["tokens"], "usd": quoted["usd"]["request"], "estimated": True, "settled": True}
    paid = next(entry for entry in client.paid() if entry["model"] == order["model"])
    assert (paid["tokens"], f"{paid['usd']:.4f}") == (quoted["tokens"], quoted["usd"]["request"])
    assert (paid["width"], paid["height"]) == (quoted["geometry"]["width"], quoted["geometry"]["height"]) == (640, 640)


def test_an_image_becomes_a_playable_video_with_e_mail_and_link(client_over_either_tables: Client) -> None:
    client = client_over_either_tables
    video_id = client.order("A happy lighthouse", generate_audio=True)
    video = client.ending(video_id)
    assert video["status"] == "succeeded"
    assert video["progress"] == 100
    content = client.get(f"/v1/videos/{video_id}/content").content
    assert hashlib.sha256(content).hexdigest() == video["video"]["sha256"]
    assert len(content) == video["video"]["bytes"]
    with av.open(io.BytesIO(content)) as video_file:
        stream = video_file.streams.video[0]
        assert (stream.codec_context.name, stream.average_rate) == ("h264", 24)
        assert (stream.codec_context.width, stream.codec_context.height) == (864, 496)
        assert sum(1 for _ in video_file.decode(stream)) == 24 * 4 + 1  # type: ignore[misc]
        assert video_file.streams.audio[0].codec_context.name == "aac"
    message = client.mail(video_id)
    assert message["Subject"] == f"ClipRelay: video {video_id} is ready"
    link = re.search(r"^http\S+X-Amz-Signature=\S+", message.get_content(), re.MULTILINE)
    assert link
    assert requests.get(link[0], timeout=30).content == content


def test_an_altered_link_or_another_method_is_rejected(client: Client) -> None:
    video = client.ending(client.order("A link to bend"))
    url = video["video"]["url"]
    assert requests.get(url, timeout=30).status_code == 200
    assert requests.get(url[:-1] + ("0" if url[-1] != "0" else "1"), timeout=30).status_code == 403
    assert requests.put(url, data=b"mine", timeout=30).status_code == 403
    assert requests.get(url.partition("?")[0], timeout=30).status_code == 403


def test_a_head_of_the_content_is_presigned_as_a_head(client: Client) -> None:
    video_id = client.order("A head")
    video = client.ending(video_id)
    head = client.session.head(f"{client.service.api}/v1/videos/{video_id}/content", allow_redirects=True, timeout=30)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(video["video"]["bytes"]))


def test_a_durable_link_needs_no_key_and_works_until_it_is_revoked(client: Client) -> None:
    video_id = client.order("A lighthouse at dusk.")
    video = client.ending(video_id)["video"]
    assert video["link"] in client.mail(video_id).get_content()
    whole = requests.get(video["link"], timeout=30)
    assert hashlib.sha256(whole.content).hexdigest() == video["sha256"]
    part = requests.get(video["link"], headers={"Range": "bytes=4-11"}, timeout=30)
    assert (part.status_code, part.content) == (206, whole.content[4:12])
    head = requests.head(video["link"], allow_redirects=True, timeout=30)
    assert (head.status_code, int(head.headers["Content-Length"])) == (200, video["bytes"])
    saved = requests.get(video["link"], params={"download": "1"}, timeout=30)
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{video_id}.mp4"'
    assert client.session.delete(f"{client.service.api}/v1/videos/{video_id}/links", timeout=30).status_code == 200
    assert requests.get(video["link"], timeout=30).status_code == 410
    assert requests.get(client.get(f"/v1/videos/{video_id}").json()["video"]["link"], timeout=30).content == whole.content


def test_a_video_shows_what_its_file_holds_and_has_a_poster(client: Client) -> None:
    video_id = client.order("A poster of a lighthouse.")
    text = client.mail(video_id).get_content()  # the announcement waits for the poster
    video = client.get(f"/v1/videos/{video_id}").json()["video"]
    with av.open(io.BytesIO(requests.get(video["link"], timeout=30).content)) as file:
        stream = file.streams.video[0]
        assert (video["width"], video["height"], video["frames"]) == (stream.width, stream.height, stream.frames)
        assert (video["fps"], video["codec"], video["sound"]) == (24.0, "h264", bool(file.streams.audio))
    assert video["provenance"] == {"c2pa": False, "watermark": False}
    poster = video["poster"]
    assert poster["link"] in text
    by_link = requests.get(poster["link"], timeout=30)
    by_key = client.get(f"/v1/videos/{video_id}/content?variant=poster")
    assert by_link.content == by_key.content
    assert (by_link.headers["Content-Type"], len(by_link.content), by_link.content[:2]) == ("image/jpeg", poster["bytes"], b"\xff\xd8")
    head = requests.head(poster["link"], allow_redirects=True, timeout=30)
    assert (head.status_code, int(head.headers["Content-Length"])) == (200, poster["bytes"])


def test_an_invalid_body_stores_and_pays_nothing(client: Client) -> None:
    records, paid = len(client.records()), len(client.paid())
    answer = client.post(" ", duration=99, colour="red", last_image="data:image/png;base64,aGVsbG8=")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {error["field"] for error in answer.json()["errors"]} == {"prompt", "duration", "colour", "last_image"}
    assert (len(client.records()), len(client.paid())) == (records, paid)


@pytest.mark.parametrize(
    ("directive", "status", "code"),
    [
        ("create=invalid", "failed", "invalid_request"),
        ("create=moderation", "failed", "moderated"),
        ("outcome=fail", "failed", "generation_failed"),
        ("outcome=moderated", "failed", "moderated"),
        ("outcome=expired", "expired", "expired"),
        ("create=drop-after-accept", "unconfirmed", "outcome_unknown"),
    ],
)
def test_a_failed_video_ends_with_its_code_and_its_tenant_is_notified(client: Client, directive: str, status: str, code: str) -> None:
    video_id = client.order(f"Not to be [sim {directive}]")
    video = client.ending(video_id)
    assert (video["status"], video["error"]["code"]) == (status, code)
    assert code in client.mail(video_id).get_content()
    assert client.get(f"/v1/videos/{video_id}/content").json()["code"] == "not_ready"


def test_the_execution_of_a_properly_failed_video_succeeds(client: Client) -> None:
    video_id = client.order("Green [sim outcome=fail]")
    client.ending(video_id)
    sfn = client.service.client("stepfunctions")
    eventually(lambda: sfn.describe_execution(executionArn=client.execution(video_id))["status"] != "RUNNING")
    ended = sfn.describe_execution(executionArn=client.execution(video_id))
    assert (ended["status"], json.loads(ended["output"])["status"]) == ("SUCCEEDED", "failed")


def test_a_slow_video_is_waited_for(client: Client) -> None:
    video = client.ending(client.order("Slow [sim run=400]"))
    assert video["status"] == "succeeded"


def test_a_busy_upstream_is_paid_once_when_it_accepts_the_video(client: Client) -> None:
    before = len(client.paid())
    video = client.ending(client.order("Busy [sim create=429:3]"))
    assert (video["status"], len(client.paid()) - before) == ("succeeded", 1)


def test_an_expired_link_is_replaced(client: Client) -> None:
    assert client.ending(client.order("Dead link [sim video=403]"))["status"] == "succeeded"


def test_the_same_key_and_body_pay_once_and_another_body_is_rejected(client: Client) -> None:
    before, key = len(client.paid()), str(uuid.uuid4())
    first, second = client.post("Twice", key=key), client.post("Twice", key=key)
    assert (first.status_code, second.status_code) == (202, 200)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.json()["id"] == second.json()["id"]
    assert client.post("Something else", key=key).json()["code"] == "idempotency_key_reused"
    client.ending(first.json()["id"])
    assert len(client.paid()) - before == 1


def test_an_inline_image_over_the_limit_is_rejected_with_the_limit(client: Client) -> None:
    image = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(4_000_000)).decode()
    answer = client.post("Large", image=image)
    assert (answer.status_code, answer.json()["code"]) == (413, "image_too_large")
    assert "4.0 MB" in answer.json()["detail"]


def test_a_waiting_get_returns_when_the_video_has_ended(client: Client) -> None:
    video_id = client.order("Waited for")
    answer = client.get(f"/v1/videos/{video_id}", headers={"Prefer": "wait=25"})
    assert (answer.headers["Preference-Applied"], answer.json()["status"]) == ("wait=25", "succeeded")


def test_a_subscribed_queue_gets_the_event_with_its_attributes(client: Client) -> None:
    sns, sqs = client.service.client("sns"), client.service.client("sqs")
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=client.service.outputs()["EventsTopicArn"], Protocol="sqs", Endpoint=arn)
    video_id = client.order("To be told")
    client.ending(video_id)

    def told() -> str:
        bodies = [message["Body"] for message in sqs.receive_message(QueueUrl=queue).get("Messages", [])]
        return next((body for body in bodies if video_id in body), "")

    envelope = json.loads(eventually(told))
    attributes = {name: value["Value"] for name, value in envelope["MessageAttributes"].items()}
    assert attributes == {"type": "video.succeeded", "tenant": "local", "video_id": video_id, "model": "seedance-v1.5-pro-i2v"}
    event = json.loads(envelope["Message"])
    assert event["type"] == "video.succeeded"
    assert event["data"]["video"]["content_url"] == f"{client.service.api}/v1/videos/{video_id}/content"
    assert requests.get(event["data"]["video"]["url"], timeout=30).status_code == 200
