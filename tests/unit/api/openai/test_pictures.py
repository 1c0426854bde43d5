"""Pictures in every form that clients send."""

from typing import Any

import pytest

from cliprelay.api.openai.pictures import picture_of, reference_of
from tests.support.image_files import gif, jpeg, png

URL = "https://assets.example.com/a.png"


def referred(value: Any) -> tuple[str | None, list[str]]:
    complaints: list[str] = []
    said = reference_of(value, lambda name, message: complaints.append(f"{name} {message}"))
    return said, complaints


@pytest.mark.parametrize("value", [None, URL, {"image_url": URL}])
def test_an_address_is_taken_as_it_is(value: Any) -> None:
    assert referred(value) == (URL if value else None, [])


@pytest.mark.parametrize(("data", "kind"), [(png(512, 512), "png"), (jpeg(512, 512), "jpeg"), (gif(512, 512), "gif"), (b"no", "png")])
def test_a_file_is_what_its_bytes_say(data: bytes, kind: str) -> None:
    said, complaints = referred(data)
    assert (str(said).partition(",")[0], complaints) == (f"data:image/{kind};base64", [])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"", "empty file"),
        ({}, "toFile"),
        ({"type": "Buffer", "data": [1]}, "toFile"),
        ({"0": "1"}, "toFile"),
        ({"file_id": "f"}, "POST /v1/uploads"),
        ({"file_id": "f", "image_url": URL}, "send image_url alone"),
        ({"image_url": {"url": URL}}, "must be a file"),
        ({"image_url": URL, "detail": "low"}, "must be a file"),
        (7, "must be a file"),
        ([URL], "must be a file"),
    ],
)
def test_anything_else_is_refused_with_what_to_send(value: Any, words: str) -> None:
    said, complaints = referred(value)
    assert (said, len(complaints), words in complaints[0]) == (None, 1, True)


def test_another_picture_is_named_in_its_complaint() -> None:
    complaints: list[str] = []
    assert picture_of("last_image", 7, lambda name, message: complaints.append(name)) is None
    assert complaints == ["last_image"]
