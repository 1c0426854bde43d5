"""Validation of create requests, field by field."""

import base64
import json
from typing import Any

import pytest

from local.simulator.contract.errors import UpstreamError
from local.simulator.contract.images import MAX_BYTES
from local.simulator.contract.options import Options
from local.simulator.contract.validation import FIELDS, Order, read_order
from tests.support.simulator_client import any_order, any_picture, data_uri


def read(order: dict[str, Any], **options: Any) -> Order:
    return read_order(json.dumps(order).encode(), Options(**options))


def refusal(order: dict[str, Any], **options: Any) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        read(order, **options)
    return caught.value


def test_two_fields_are_enough_and_the_rest_has_the_documented_defaults() -> None:
    order = read(any_order())
    assert len(FIELDS) == 13
    assert (order.ratio, order.resolution, order.service_tier) == ("adaptive", "720p", "default")
    assert (order.duration, order.fps, order.seed, order.execution_expires_after) == (5, 24, -1, 172800)
    assert (order.watermark, order.camera_fixed, order.generate_audio) == (False, False, True)
    assert order.last_image is None


@pytest.mark.parametrize(
    ("field", "good"),
    [
        ("duration", [4, 12]),
        ("fps", [24]),
        ("seed", [-1, 0, 4294967295]),
        ("execution_expires_after", [3600, 259200]),
        ("ratio", ["16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive"]),
        ("resolution", ["480p", "720p"]),
        ("service_tier", ["default", "flex"]),
        ("generate_audio", [True, False]),
        ("watermark", [True, False]),
        ("camera_fixed", [True, False]),
        ("prompt", ["x", "灯塔", "x" * 8000]),
        ("image", ["http://a.test/b", "https://a.test:8443/b?c=d"]),
        ("last_image", ["https://a.test/b.png"]),
    ],
)
def test_every_value_in_the_documented_range_is_accepted(field: str, good: list[object]) -> None:
    for value in good:
        read(any_order(**{field: value}))


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("duration", [3, 13, -1, "5", 5.0, True, [5]]),
        ("fps", [23, 25, 123, "24", 24.0]),
        ("seed", [-2, 4294967296, "1", 1.5, False]),
        ("execution_expires_after", [3599, 259201, "3600"]),
        ("ratio", ["16/9", "2:1", "ADAPTIVE", 1, ["16:9"]]),
        ("resolution", ["1080p", "720P", 720]),
        ("service_tier", ["batch", "", 1]),
        ("generate_audio", [1, 0, "true", []]),
        ("watermark", ["false", 0]),
        ("camera_fixed", [1]),
        ("prompt", ["", " \n", 5, ["x"]]),
        ("image", ["", "picture.png", "ftp://a.test/b", "http://", "https://a.test:x/", "https://a.test/b c", 5]),
        ("last_image", ["", 5]),
    ],
)
def test_every_other_value_is_rejected_with_the_name_of_its_field(field: str, bad: list[object]) -> None:
    for value in bad:
        reason = refusal(any_order(**{field: value}))
        assert (reason.status, reason.reason) == (400, "INVALID_REQUEST_BODY"), value
        assert field in reason.message


@pytest.mark.parametrize("field", FIELDS)
def test_null_is_a_wrong_type_everywhere(field: str) -> None:
    assert refusal(any_order() | {field: None}).reason == "INVALID_REQUEST_BODY"


@pytest.mark.parametrize("field", ["image", "prompt"])
def test_both_required_fields_are_required(field: str) -> None:
    assert field in refusal(any_order(**{field: None})).message


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"other": NaN}', b'{"other": -Infinity}', b'{"seed": ' + b"9" * 5000 + b"}"],
    ids=["empty", "cut", "list", "string", "not utf-8", "deep", "NaN", "infinity", "long number"],
)
def test_a_body_that_is_not_a_json_object_is_rejected(body: bytes) -> None:
    with pytest.raises(UpstreamError, match="INVALID_REQUEST_BODY") as caught:
        read_order(body, Options())
    assert "JSON" in caught.value.message


def test_unknown_fields_are_recorded_and_optionally_rejected() -> None:
    assert "aspect_ratio" in read(any_order(aspect_ratio="1:1")).fields
    assert "aspect_ratio" in refusal(any_order(aspect_ratio="1:1"), unknown_fields="refuse").message


def test_whole_floats_are_accepted_as_integers_only_by_option() -> None:
    assert read(any_order(duration=6.0), float_integers=True).duration == 6
    assert refusal(any_order(duration=6.5), float_integers=True).reason == "INVALID_REQUEST_BODY"


def test_a_data_uri_in_any_of_the_six_formats_is_accepted() -> None:
    for codec, kind in (("png", "png"), ("mjpeg", "jpeg"), ("gif", "gif"), ("bmp", "bmp"), ("tiff", "tiff"), ("libwebp", "webp")):
        order = read(any_order(image=data_uri(any_picture(codec=codec), kind)))
        assert order.image.header is not None
        assert order.image.header.format == kind


PNG = any_picture()


@pytest.mark.parametrize(
    "image",
    [
        data_uri(PNG, "jpg"),
        data_uri(PNG, "PNG"),
        data_uri(PNG, "jpeg"),
        data_uri(b"<svg/>", "png"),
        data_uri(b"", "png"),
        data_uri(PNG[:15], "png"),
        data_uri(PNG) + "!",
        data_uri(PNG).replace("base64,", "base64, "),
        "data:image/png," + base64.b64encode(PNG).decode(),
        "data:text/plain;base64,aGk=",
    ],
    ids=["jpg", "capitals", "another format", "svg", "nothing", "cut", "junk", "space", "no base64", "text"],
)
def test_a_data_uri_with_other_contents_is_an_invalid_format(image: str) -> None:
    assert refusal(any_order(image=image)).reason == "INVALID_IMAGE_FORMAT"
    assert "last_image" in refusal(any_order(last_image=image)).message


def png_header(width: int, height: int) -> str:
    """Return a PNG with only a header, because checking must not decode the image."""
    return data_uri(PNG[:16] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + PNG[24:33])


@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [
        (301, 301, None),
        (300, 301, "INVALID_IMAGE_SIZE"),
        (301, 300, "INVALID_IMAGE_SIZE"),
        (5999, 5999, None),
        (6000, 5999, "IMAGE_EXCEEDS_MAX_RESOLUTION"),
        (60000, 60000, "IMAGE_EXCEEDS_MAX_RESOLUTION"),
        (401, 1000, None),
        (400, 1000, "INVALID_IMAGE_SIZE"),
        (1000, 401, None),
        (1000, 400, "INVALID_IMAGE_SIZE"),
    ],
)
def test_the_size_limits_of_an_image_are_exclusive(width: int, height: int, reason: str | None) -> None:
    order = any_order(image=png_header(width, height))
    if reason is None:
        assert read(order).image.header is not None
    else:
        assert refusal(order).reason == reason


def test_an_image_must_be_smaller_than_30_million_bytes() -> None:
    fits = PNG + bytes(MAX_BYTES - 1 - len(PNG))
    assert read(any_order(image=data_uri(fits))).image.header is not None
    assert refusal(any_order(image=data_uri(fits + b"\x00"))).reason == "IMAGE_FILE_EXCEEDS_MAX_SIZE"


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [(640, 360, "16:9"), (1000, 1000, "1:1"), (1000, 420, "21:9"), (360, 640, "9:16"), (800, 620, "4:3"), (500, 660, "3:4")],
)
def test_an_adaptive_video_has_the_listed_ratio_nearest_to_its_image(width: int, height: int, shape: str) -> None:
    assert read(any_order(image=png_header(width, height))).shape == shape
    assert read(any_order(image=png_header(width, height), ratio="1:1")).shape == "1:1"
