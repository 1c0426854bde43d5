"""Unknown fields and models are refused with a hint, and hide no other error."""

from typing import Any

import pytest

from cliprelay.catalog.registry import MODELS, Offer
from cliprelay.orders.invalid_order import InvalidOrder
from cliprelay.orders.parser import OrderParser
from tests.support.makers import any_body

ALL = OrderParser(Offer.of(",".join(MODELS)))


def _complaints(body: dict[str, Any]) -> dict[str, str]:
    read = ALL.read(body)
    assert isinstance(read, InvalidOrder)
    return {flaw.field: flaw.message for flaw in read.flaws}


@pytest.mark.parametrize(
    ("model", "wrong", "right"),
    [
        ("seedance-v1.5-pro-i2v", "aspect_ratio", "ratio"),
        ("seedance-v1.5-pro-t2v", "aspect_ratio", "ratio"),
        ("seedance-v1-pro-t2v", "ratio", "aspect_ratio"),
        ("seedance-v1-lite-t2v", "ratio", "aspect_ratio"),
        ("seedance-v1.5-pro-i2v", "image_url", "image"),
        ("seedance-v1.5-pro-i2v", "input_reference", "image"),
        ("seedance-v1.5-pro-i2v", "end_image", "last_image"),
        ("seedance-v1.5-pro-i2v", "size", "resolution"),
        ("seedance-v1.5-pro-i2v", "seconds", "duration"),
        ("seedance-v1.5-pro-i2v", "add_audio", "generate_audio"),
        ("seedance-v1.5-pro-i2v", "sound", "generate_audio"),
        ("seedance-v1.5-pro-i2v", "Prompt", "prompt"),
    ],
)
def test_a_field_name_from_another_api_is_refused_with_the_correct_one(model: str, wrong: str, right: str) -> None:
    assert _complaints({"model": model, wrong: "x"})[wrong] == f"is not a field of {model}; use {right}"


@pytest.mark.parametrize(("model", "field"), [("seedance-v1-pro-t2v", "generate_audio"), ("seedance-v1.5-pro-t2v", "image")])
def test_a_field_of_other_models_is_refused_with_their_names(model: str, field: str) -> None:
    message = _complaints({"model": model, field: "x"})[field]
    assert message.startswith(f"is not a field of {model}, but of seedance-v1.5-pro-i2v")


@pytest.mark.parametrize("field", ["nonsense", "", "x" * 10_000, "model_config", "settings", "__class__", "entry"])
def test_an_unknown_field_is_refused_with_the_valid_ones(field: str) -> None:
    assert "its fields are image, prompt, last_image, ratio" in _complaints(any_body() | {field: 1})[field]


@pytest.mark.parametrize("model", ["sora-2", "", 5, [], {}, True])
def test_an_unknown_model_is_reported_with_the_errors_that_every_model_would_report(model: Any) -> None:
    body = any_body(prompt=" ", duration=99, seed="1", metadata={"k": 1}, nonsense=1) | {"model": model}
    assert set(_complaints(body)) == {"model", "prompt", "duration", "seed", "metadata", "nonsense"}


def test_an_unknown_model_suppresses_errors_that_depend_on_the_model() -> None:
    body = {"model": "sora-2", "prompt": "x", "ratio": "1:1", "duration": 7, "resolution": "1080p", "image": "https://a.example.com/a.png"}
    assert set(_complaints(body)) == {"model"}


def test_integer_fields_accept_only_integers() -> None:
    body = {"model": "seedance-v1-pro-t2v", "prompt": "x", "resolution": "480p"}
    for duration in (5.0, "5", True, 7):
        assert set(_complaints(body | {"duration": duration})) == {"duration"}
    assert ALL.read(body | {"duration": 10}).settings == {
        "prompt": "x",
        "aspect_ratio": "16:9",
        "duration": 10,
        "resolution": "480p",
        "camera_fixed": False,
    }
