"""A body of Ark becomes an order of ours, or says what is wrong in its own names."""

from typing import Any

import pytest

from cliprelay.api.ark.order import ELSEWHERE, FIELDS, ArkOrder, read_order_of_ark
from cliprelay.catalog.registry import Offer

PICTURE = {"type": "image_url", "image_url": {"url": "https://assets.example.com/1.png"}}


def read(text: Any = "Waves.", picture: Any = False, **fields: Any) -> ArkOrder:
    content = [{"type": "text", "text": text}, *([PICTURE] if picture else [])]
    body = {"model": "seedance-1-5-pro-251215", "content": content, **fields}
    return read_order_of_ark(body, Offer.of("seedance-v1.5-pro-i2v,seedance-v1.5-pro-t2v,seedance-v1-pro-t2v"), {})


def messages(order: ArkOrder) -> list[str]:
    return [f"{each['field']} {each['message']}" for each in order.complaints]


def test_null_means_absent_everywhere() -> None:
    order = read(**dict.fromkeys(name for name in FIELDS if name not in ("model", "content")))
    assert order.body == {"model": "seedance-v1.5-pro-t2v", "prompt": "Waves."}
    assert order.complaints == []


@pytest.mark.parametrize("name", ELSEWHERE)
@pytest.mark.parametrize("value", [False, 0, "", []])
def test_what_other_models_have_is_ignored_if_it_asks_for_nothing(name: str, value: Any) -> None:
    order = read(**{name: value})
    assert (order.complaints, sorted(order.body)) == ([], ["model", "prompt"])


@pytest.mark.parametrize(("name", "value"), [(name, "x") for name in ELSEWHERE] + [("frames", 57), ("return_last_frame", True)])
def test_what_other_models_have_is_refused_if_it_asks_for_something(name: str, value: Any) -> None:
    (said,) = messages(read(**{name: value}))
    assert said.startswith(f"{name} is not possible for this model")


def test_the_only_format_may_be_asked_for() -> None:
    assert read(output_format="mp4").complaints == []


@pytest.mark.parametrize(
    ("text", "fields", "said"),
    [
        ("Waves --dur 6", {"duration": 6}, []),
        ("Waves --dur 6", {"duration": 5}, ["content[0].text --dur 6 contradicts duration, which is 5"]),
        ("Waves --cf true", {"camera_fixed": False}, ["content[0].text --cf true contradicts camera_fixed, which is False"]),
        ("--dur 6", {}, ["content[0].text has no words besides its commands"]),
        (
            "--dur 13",
            {},
            ["content[0].text --dur 13 is not possible: an integer from 4 to 12", "content[0].text has no words besides its commands"],
        ),
    ],
)
def test_text_and_body_must_agree(text: str, fields: dict[str, Any], said: list[str]) -> None:
    assert messages(read(text, **fields)) == said


def test_the_settings_of_a_model_have_its_own_names() -> None:
    order = read("Waves --rt 16:9", model="doubao-seedance-1-0-pro-t2v", resolution="480p", generate_audio=False)
    assert order.body == {"model": "seedance-v1-pro-t2v", "aspect_ratio": "16:9", "resolution": "480p", "prompt": "Waves"}
    assert order.place_of("aspect_ratio") == "ratio"
    assert read(model="doubao-seedance-1-0-pro-t2v", generate_audio=True).body["generate_audio"] is True


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("webhook_url", "callback_url"),
        ("webhook", "callback_url"),
        ("prompt", "content, with an item of type text"),
        ("image_url", "content, with an item of type image_url"),
        ("last_frame_image", "content, with an item of type image_url and the role last_frame"),
        ("fps", "framespersecond"),
        ("generateAudio", "generate_audio"),
        ("cameraFixed", "camera_fixed"),
        ("aspect_ratio", "ratio"),
        ("seconds", "duration"),
    ],
)
def test_a_wrong_name_is_refused_with_the_right_one(name: str, right: str) -> None:
    assert messages(read(picture=True, **{name: "x"})) == [f"{name} is not a field of this request; use {right}"]


def test_any_other_name_is_refused_with_all_that_there_are() -> None:
    (said,) = messages(read(pollIntervalMs=5))
    assert said == f"pollIntervalMs is not a field of this request; its fields are {', '.join(FIELDS)}"


@pytest.mark.parametrize("value", [5, "x" * 501, ["a"]])
def test_a_safety_identifier_is_a_short_text(value: Any) -> None:
    (said,) = messages(read(safety_identifier=value))
    assert said == "safety_identifier must be a string of at most 500 characters"


def test_parts_of_fields_are_named_as_in_the_body() -> None:
    order = read(picture=True)
    assert [order.place_of(name) for name in ("image", "prompt", "last_image", "fps", "metadata.a", "webhook_url")] == [
        "content[1].image_url.url",
        "content[0].text",
        "content",
        "framespersecond",
        "metadata.a",
        "callback_url",
    ]
