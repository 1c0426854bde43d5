"""Orders of models whose fields have other names are translated, too."""

from typing import Any

import pytest

from cliprelay.api.openai.body import Body
from cliprelay.api.openai.order import Draft, translate
from cliprelay.catalog.registry import MODELS, Offer

ALL = Offer.of(",".join(MODELS))


def translated(fields: dict[str, Any], *, is_form: bool = False, offer: Offer = ALL) -> Draft:
    return translate(Body(fields, is_form), offer, {})


def test_a_size_becomes_the_fields_of_a_model_that_names_them_differently() -> None:
    draft = translated({"model": "seedance-v1-pro-t2v", "prompt": "x", "size": "1920x1088", "seconds": "10"})
    assert draft.complaints == []
    assert draft.body == {
        "model": "seedance-v1-pro-t2v",
        "prompt": "x",
        "duration": 10,
        "resolution": "1080p",
        "aspect_ratio": "16:9",
    }


def test_what_is_left_out_is_what_openai_leaves_out() -> None:
    assert translated({"prompt": "x"}).body == {
        "model": "seedance-v1.5-pro-t2v",
        "prompt": "x",
        "duration": 4,
        "resolution": "720p",
        "ratio": "9:16",
    }
    with_picture = translated({"prompt": "x", "input_reference": "https://a.example/a.png"}).body
    assert (with_picture["model"], with_picture["ratio"], with_picture["image"]) == (
        "seedance-v1.5-pro-i2v",
        "adaptive",
        "https://a.example/a.png",
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"duration": 5}, {"duration": 5}),
        ({"duration": 5, "seconds": "5"}, {"duration": 5}),
        ({"ratio": "1:1"}, {"ratio": "1:1", "resolution": "720p"}),
        ({"resolution": "480p"}, {"ratio": "9:16", "resolution": "480p"}),
        ({"size": "640x640", "resolution": "480p"}, {"ratio": "1:1", "resolution": "480p"}),
    ],
)
def test_our_own_names_of_length_and_shape_are_taken_unless_they_say_something_else(
    fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    draft = translated({"prompt": "x", **fields})
    assert (draft.complaints, draft.body) == ([], draft.body | expected)


def test_null_means_that_a_field_is_absent() -> None:
    assert translated({"prompt": "x", "model": None, "seconds": None, "input_reference": None}).body["model"] == "seedance-v1.5-pro-t2v"


def test_an_order_without_a_model_gets_the_default_one_where_the_family_is_not_offered() -> None:
    assert translated({"prompt": "x"}, offer=Offer.of("seedance-v1-pro-t2v")).body["model"] == "seedance-v1-pro-t2v"


def test_a_family_that_is_offered_only_without_a_picture_says_so() -> None:
    draft = translated({"model": "seedance-v1-pro", "prompt": "x", "input_reference": "https://a.example/a.png"})
    assert (draft.model, draft.complaints[0]["message"]) == (None, "is a model that this deployment offers only without a picture")


@pytest.mark.parametrize("name", ["prompt", "seed", "metadata", "size", "model", "seconds"])
def test_a_file_is_taken_only_for_a_picture(name: str) -> None:
    fields = {"prompt": "x", name: b"\x89"}
    draft = translated(fields, is_form=True)
    assert name in {each["field"] for each in draft.complaints} or draft.body["duration"] == b"\x89"


def test_flags_and_numbers_of_a_form_are_converted_and_others_stay_for_the_check() -> None:
    fields = {"prompt": "x", "watermark": "true", "seed": "07", "generate_audio": "yes", "fps": "24"}
    body = translated(fields, is_form=True).body
    assert (body["watermark"], body["seed"], body["generate_audio"], body["fps"]) == (True, "07", "yes", 24)
    assert translated({"prompt": "x", "seed": "7"}).body["seed"] == "7"
