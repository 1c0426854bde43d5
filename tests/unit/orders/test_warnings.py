"""Warnings about a prompt that holds settings, as other APIs read them."""

import pytest

from cliprelay.orders.warnings import warnings_of
from tests.support.makers import read_order

MODEL = {"i2v": {"image": "https://assets.example.com/a.png"}, "t2v": {"model": "seedance-v1.5-pro-t2v"}}


def _message(prompt: str, model: str = "i2v") -> str:
    order = read_order({"prompt": prompt, "generate_audio": False, **MODEL[model]})
    found = {each["code"]: each["message"] for each in warnings_of(order.entry, order.spec, order.given)}
    return found.get("settings_in_prompt", "")


@pytest.mark.parametrize(
    ("command", "field"),
    [
        ("--rs 480p", "resolution"),
        ("--resolution 1080p", "resolution"),
        ("--rt 9:16", "ratio"),
        ("--ratio adaptive", "ratio"),
        ("--dur 12", "duration"),
        ("--duration 5", "duration"),
        ("--fps 24", "fps"),
        ("--framespersecond 24", "fps"),
        ("--frames 97", "duration"),
        ("--wm false", "watermark"),
        ("--watermark true", "watermark"),
        ("--seed -1", "seed"),
        ("--seed 4294967295", "seed"),
        ("--cf true", "camera_fixed"),
        ("--camerafixed false", "camera_fixed"),
        ("--dur=12", "duration"),
        ("--DUR  12", "duration"),
        ("--dur\n12", "duration"),
        ("\u2014dur 12", "duration"),
    ],
)
@pytest.mark.parametrize("prompt", ["{}", "Waves at dusk. {}", "{} Waves at dusk.", "Waves, {}, dusk."])
def test_a_setting_in_the_prompt_causes_a_warning_that_names_the_field(prompt: str, command: str, field: str) -> None:
    message = _message(prompt.format(command))
    name = command.lstrip("-\u2014").split()[0].partition("=")[0].lower()
    assert f"contains --{name}," in message
    assert message.endswith(f"Use {field}.")


def test_several_settings_cause_one_warning_without_the_rest_of_the_prompt() -> None:
    message = _message("Velvet comet --rs 1080p --dur 12 --resolution 480p --dur 6", "t2v")
    assert "--rs, --dur, --resolution" in message
    assert message.endswith("Use resolution, duration.")
    assert "comet" not in message


@pytest.mark.parametrize(
    "prompt",
    [
        "Waves at dusk.",
        "A duration of 12 seconds, 1080p",
        "-dur 12",
        "x--dur 12",
        "--dur",
        "--dur twelve",
        "--durable 12",
        "--seedling 3",
        "--noaudio 1",
        "--resolution of the conflict",
        "--ratio: 16:9",
        "she said --seed the clouds--",
        "----dur 12",
    ],
)
def test_words_that_are_no_setting_cause_no_warning(prompt: str) -> None:
    assert _message(prompt) == ""
