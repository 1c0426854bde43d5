"""The items of `content`: one text, and pictures whose roles are beyond doubt."""

from typing import Any

import pytest

from cliprelay.api.ark.content import read_content

TEXT = {"type": "text", "text": "Waves."}


def picture(role: str | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": "https://a.example/1.png"}, "role": role, **more}


@pytest.mark.parametrize(
    ("items", "pictures"),
    [
        ([TEXT], []),
        ([TEXT, picture()], ["image"]),
        ([picture("first_frame"), TEXT], ["image"]),
        ([TEXT, picture("last_frame"), picture("first_frame")], ["last_image", "image"]),
        ([{**TEXT, "image_url": None, "role": None}], []),
    ],
)
def test_pictures_are_read_by_their_roles(items: list[Any], pictures: list[str]) -> None:
    found = read_content(items)
    assert (found.text, list(found.pictures), found.complaints) == ("Waves.", pictures, [])


@pytest.mark.parametrize(
    ("items", "place", "words"),
    [
        (None, "content", "is required"),
        ({}, "content", "must be an array"),
        ([5], "content[0]", "must be an object"),
        ([{}], "content[0].type", "is required"),
        ([{"type": "image"}], "content[0].type", "must be text or image_url"),
        ([{"type": ["text"]}], "content[0].type", "must be text or image_url"),
        ([{"type": "video_url", "video_url": {"url": "x"}}], "content[0].type", "is a reference video"),
        ([{"type": "audio_url"}], "content[0].type", "is a reference sound"),
        ([{"type": "draft_task"}], "content[0].type", "is a draft"),
        ([TEXT, TEXT], "content[1]", "is a second text"),
        ([{"type": "text"}], "content[0].text", "is required"),
        ([{"type": "text", "text": 5}], "content[0].text", "must be a string"),
        ([{**TEXT, "role": "user"}], "content[0].role", "is not a field of this item"),
        ([picture("reference_image")], "content[0].role", "is a reference picture"),
        ([picture("middle")], "content[0].role", "must be first_frame or last_frame"),
        ([picture(["first_frame"])], "content[0].role", "must be first_frame or last_frame"),  # type: ignore[arg-type]
        ([{"type": "image_url"}], "content[0].image_url", "is required"),
        ([{"type": "image_url", "image_url": "https://a.example/1.png"}], "content[0].image_url", "must be an object with a url"),
        ([{"type": "image_url", "image_url": {"url": None}}], "content[0].image_url", "must be an object with a url"),
        ([picture(), picture()], "content", "has two pictures, so each needs its own role"),
        ([picture("first_frame"), picture()], "content", "has two pictures, so each needs its own role"),
        ([picture("first_frame"), picture("first_frame")], "content", "has two pictures"),
        ([picture("first_frame"), picture("last_frame"), picture()], "content", "has 3 pictures"),
        ([picture("last_frame")], "content[0].image_url.url", "is a last frame without a first one"),
    ],
)
def test_everything_else_is_refused_by_its_place(items: Any, place: str, words: str) -> None:
    (complaint,) = read_content(items).complaints
    assert complaint["field"] == place
    assert complaint["message"].startswith(words)
