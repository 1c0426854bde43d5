"""Uploads: a form for one tenant, type and size; an order gets exactly what was checked."""

import json
from base64 import b64decode, b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.api.v1.schemas.uploads import LARGEST
from cliprelay.errors import Refusal
from cliprelay.images.uploads import MOST_BLOCKS, UploadStore
from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from cliprelay.orders.image_check import ImageProbe, Inspector
from cliprelay.orders.intake import Intake
from cliprelay.tenants.api_keys import Identity
from cliprelay.upstream.myrouter.request import prepare
from cliprelay.video.record import iso
from tests.support import image_files
from tests.support.makers import NOW, Meddled, any_body, any_png, data_uri, read_order

if TYPE_CHECKING:
    from tests.support.world import World

PICTURE = any_png()
# Decoders give its size, although it has no picture.
UNREADABLE = PICTURE[:33] + image_files.png_chunk(b"IEND", b"")


def _ask(world: "World", **body: Any) -> Any:
    return world.ask("POST", "/v1/uploads", body=body or {"content_type": "image/png", "bytes": 29_000_000})


def _upload(world: "World", data: bytes = PICTURE, content_type: str = "image/png", tenant: str = "acme") -> str:
    """Upload as a client would with a form; moto does not support policies."""
    offer = world.uploads.offer(tenant, content_type, len(data))
    world.s3.put_object(Bucket=world.bucket, Key=offer.fields["key"], Body=data, ContentType=content_type)
    return offer.image


def _order(world: "World", image: str, **changes: Any) -> Any:
    return world.ask("POST", "/v1/videos", body=any_body(image=image, **changes), headers={"Idempotency-Key": "order-7"})


def _complaints(said: Any) -> list[tuple[str, str]]:
    assert said.status == 422
    return [(each["field"], each["code"]) for each in said.json["errors"]]


# The form


def test_an_upload_is_answered_201_with_a_form_and_the_value_for_the_image_field(world: "World") -> None:
    said = _ask(world)
    assert said.status == 201
    answer = said.json
    assert set(answer) == {"object", "image", "url", "fields", "expires_at"}
    assert (answer["object"], answer["expires_at"]) == ("upload", iso(NOW + timedelta(minutes=15)))
    assert answer["image"].startswith("upload_")
    assert world.bucket in answer["url"]
    assert world.objects() == []


def test_a_form_is_for_one_key_one_type_and_a_maximum_size(world: "World") -> None:
    fields = _ask(world, content_type="image/tiff", bytes=1_234).json["fields"]
    conditions = json.loads(b64decode(fields["policy"]))["conditions"]
    assert fields["Content-Type"] == "image/tiff"
    assert fields["key"].startswith("uploads/acme/")
    for condition in ({"Content-Type": "image/tiff"}, {"key": fields["key"]}, {"bucket": world.bucket}, ["content-length-range", 1, 1_234]):
        assert condition in conditions


def test_every_form_has_its_own_name(world: "World") -> None:
    assert len({_ask(world).json["image"] for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("size", "status"), [(1, 201), (LARGEST, 201), (0, 422), (-1, 422), (LARGEST + 1, 422), ("5", 422), (5.5, 422), (5.0, 201)]
)
def test_a_form_accepts_less_than_thirty_million_bytes(world: "World", size: Any, status: int) -> None:
    assert LARGEST == 29_999_999
    assert _ask(world, content_type="image/png", bytes=size).status == status


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/heic", "text/html", "image/*", "", None, "png"])
def test_a_form_is_for_an_image_that_the_model_accepts(world: "World", kind: Any) -> None:
    said = _ask(world, content_type=kind, bytes=5)
    assert (said.status, said.complaints) == (422, {"content_type"})
    assert said.json["errors"][0]["accepted"] == "one of image/jpeg, image/png, image/webp, image/bmp, image/tiff, image/gif"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("image/jpg", "image/jpeg"),
        ("image/pjpeg", "image/jpeg"),
        ("image/x-jpg", "image/jpeg"),
        ("image/mpo", "image/jpeg"),
        ("image/x-mpo", "image/jpeg"),
        ("IMAGE/PNG", "image/png"),
        ("image/x-png", "image/png"),
        ("image/tif", "image/tiff"),
        ("image/x-ms-bmp", "image/bmp"),
    ],
)
def test_a_form_takes_every_name_of_a_type_and_uses_the_registered_one(world: "World", written: str, kind: str) -> None:
    said = _ask(world, content_type=written, bytes=5)
    assert (said.status, said.json["fields"]["Content-Type"]) == (201, kind)


def test_an_unknown_field_of_an_upload_is_refused_with_the_known_ones(world: "World") -> None:
    said = _ask(world, content_type="image/png", bytes=5, name="a.png")
    assert "its fields are content_type, bytes" in said.json["errors"][0]["message"]


@pytest.mark.parametrize("digest", ["ab" * 32, "AB" * 32, "0" * 64])
def test_a_form_for_a_known_file_requires_its_checksum(world: "World", digest: str) -> None:
    fields = _ask(world, content_type="image/png", bytes=5, sha256=digest).json["fields"]
    checksum = b64encode(bytes.fromhex(digest)).decode()
    assert fields["x-amz-checksum-sha256"] == checksum
    assert {"x-amz-checksum-sha256": checksum} in json.loads(b64decode(fields["policy"]))["conditions"]


def test_a_form_without_a_checksum_accepts_any_file(world: "World") -> None:
    fields = _ask(world, content_type="image/png", bytes=5, sha256=None).json["fields"]
    assert "x-amz-checksum-sha256" not in fields


@pytest.mark.parametrize("digest", ["", "ab" * 31, "ab" * 33, "ag" * 32, b64encode(bytes(32)).decode(), f"{'ab' * 32}\n", "٣" * 64, 5])
def test_a_checksum_of_another_form_is_refused_with_the_accepted_one(world: "World", digest: Any) -> None:
    said = _ask(world, content_type="image/png", bytes=5, sha256=digest)
    assert (said.status, said.complaints) == (422, {"sha256"})
    assert "64 hexadecimal digits" in said.json["errors"][0]["accepted"]


def test_a_form_needs_a_key(world: "World") -> None:
    assert world.ask("POST", "/v1/uploads", key=None, body={"content_type": "image/png", "bytes": 5}).status == 401


# The order


def test_an_uploaded_image_is_copied_to_an_input(world: "World") -> None:
    image = _upload(world)
    said = _order(world, image, last_image=image)
    assert said.status == 202
    video = world.read(said.json["id"])
    assert (video.image.url, video.image.content_type) == (None, "image/png")
    assert (video.image.key or "").startswith("inputs/acme/")
    assert video.image.key != (video.last_image or video.image).key
    sent = json.loads(prepare(video, world.store.read_input).body)
    assert sent["image"] == sent["last_image"] == data_uri(PICTURE)
    assert image not in json.dumps(world.items(), default=str)


def test_an_accepted_image_outlives_its_upload_and_cannot_be_replaced(world: "World") -> None:
    image = _upload(world)
    video = world.read(_order(world, image).json["id"])
    key = f"uploads/acme/{image.removeprefix('upload_')}"
    world.s3.put_object(Bucket=world.bucket, Key=key, Body=b"another")
    world.s3.delete_object(Bucket=world.bucket, Key=key)
    assert world.store.read_input(video.image.key or "") == PICTURE


def test_uploads_that_are_foreign_unknown_or_impossible_are_refused_alike(world: "World") -> None:
    values = [_upload(world, tenant="other"), "upload_" + "0" * 32, "upload_", "upload_../other/x", f"{_upload(world)}0"]
    answers = [_order(world, value) for value in values]
    assert [_complaints(said) for said in answers] == [[("image", "image_upload")]] * len(values)
    assert len({said.body for said in answers}) == 1
    assert "POST /v1/uploads" in answers[0].body
    assert world.items() == []


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (image_files.gif(512, 512), "image/png", "image_type"),
        (PICTURE, "image/gif", "image_type"),
        (image_files.png(300, 400), "image/png", "image_pixels"),
        (b"<svg/>", "image/png", "image_format"),
        (PICTURE[:20], "image/png", "image_truncated"),
        (PICTURE + b"<html>", "image/png", "image_polyglot"),
    ],
)
def test_an_upload_is_checked_like_every_other_image(world: "World", data: bytes, kind: str, code: str) -> None:
    said = _order(world, _upload(world, data, kind))
    assert _complaints(said) == [("image", code)]
    assert (world.items(), [key for key in world.objects() if key.startswith("inputs/")]) == ([], [])


@pytest.mark.parametrize("kilobytes", [700, 6_000])
def test_an_upload_is_read_behind_any_amount_of_metadata(world: "World", kilobytes: int) -> None:
    metadata = [image_files.jpeg_segment(0xE2, bytes(50_000))] * (kilobytes // 50)
    said = _order(world, _upload(world, image_files.jpeg(512, 400, *metadata), "image/jpeg"), generate_audio=True)
    assert (said.status, said.json["warnings"]) == (202, [])


def test_an_unreadable_upload_is_warned_of_like_an_image_at_a_url(world: "World") -> None:
    said = _order(world, _upload(world, UNREADABLE), generate_audio=True)
    assert said.status == 202
    assert [warning["code"] for warning in said.json["warnings"]] == ["image_not_probed"]


@pytest.mark.parametrize(("size", "complaints"), [(LARGEST, []), (LARGEST + 1, ["image_bytes"])])
def test_an_order_accepts_an_upload_of_every_size_that_a_form_accepts(world: "World", size: int, complaints: list[str]) -> None:
    said = _order(world, _upload(world, PICTURE + bytes(size - len(PICTURE))))
    assert [code for _, code in (_complaints(said) if complaints else [])] == complaints
    assert said.status == (422 if complaints else 202)


def test_the_answer_has_the_warnings_about_an_upload(world: "World") -> None:
    image = _upload(world, image_files.gif(512, 512, frames=3), "image/gif")
    assert [warning["code"] for warning in _order(world, image, ratio="16:9", generate_audio=True).json["warnings"]] == [
        "multi_frame_image",
        "will_crop",
    ]


def test_complaints_about_an_upload_and_an_inline_image_name_their_fields(world: "World") -> None:
    said = _order(world, _upload(world, image_files.png(9, 9)), last_image="upload_x")
    assert _complaints(said) == [("image", "image_pixels"), ("last_image", "image_upload")]


def test_a_large_upload_is_checked_in_a_few_small_parts(world: "World") -> None:
    parts: list[int] = []

    def get(real: Any, **kwargs: Any) -> Any:
        answer = real(**kwargs)
        parts.append(answer["ContentLength"])
        return answer

    value = _upload(world, PICTURE + bytes(5_000_000))
    uploads = UploadStore(Meddled(world.s3, get_object=get), world.bucket)  # type: ignore[arg-type]
    Inspector(uploads, Guard(AddressRules.LOOPBACK), ImageProbe.OFF).inspect({"image": value}, "adaptive", tenant="acme")
    assert len(parts) <= MOST_BLOCKS // 2
    assert sum(parts) < 300_000


def _replacing(world: "World", key: str) -> Any:
    """Replace the upload just before; moto does not compare the ETag of a copy, so the test returns S3's answer."""

    def replace(real: Any, **kwargs: Any) -> Any:
        world.s3.put_object(Bucket=world.bucket, Key=key, Body=b"another", ContentType="image/png")
        if kwargs.get("CopySourceIfMatch", "") not in ("", world.s3.head_object(Bucket=world.bucket, Key=key)["ETag"]):
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "CopyObject")
        return real(**kwargs)

    return replace


@pytest.mark.parametrize(("operation", "code"), [("get_object", "invalid_request"), ("copy_object", "upload_changed")])
def test_an_upload_replaced_during_its_check_is_refused(world: "World", operation: str, code: str) -> None:
    value = _upload(world)
    meddled = Meddled(world.s3, **{operation: _replacing(world, f"uploads/acme/{value.removeprefix('upload_')}")})
    inspector = Inspector(UploadStore(meddled, world.bucket), Guard(AddressRules.LOOPBACK), ImageProbe.OFF)  # type: ignore[arg-type]
    intake = Intake(
        world.videos, world.store, world.executions, inspector, world.clock, 10, world.webhook_gate(), world.budgets, world.repeats
    )
    with pytest.raises(Refusal) as caught:
        intake.accept(read_order(any_body(image=value)), identity=Identity("acme"), key="7", body=b"{}", base_url="")
    assert caught.value.code == code
    assert [complaint["code"] for complaint in caught.value.complaints] == (["image_upload"] if code == "invalid_request" else [])
    assert world.items() == []


def test_an_inline_image_over_the_limit_gets_a_413_that_names_the_uploads_route(world: "World") -> None:
    said = _order(world, data_uri(PICTURE + bytes(4_100_000)))
    assert (said.status, said.json["code"]) == (413, "image_too_large")
    assert "/v1/uploads" in said.json["detail"]
