"""Text commands are settings: known ones leave the prompt, and none is guessed at."""

from typing import Any

import pytest

from cliprelay.api.ark.commands import read_text
from cliprelay.catalog.seedance_1_0 import PRO_TEXT_TO_VIDEO
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO


@pytest.mark.parametrize(
    ("text", "prompt", "values"),
    [
        ("Waves at dusk", "Waves at dusk", {}),
        ("Waves --rs 480p --rt 9:16 --dur 6", "Waves", {"resolution": "480p", "ratio": "9:16", "duration": 6}),
        ("Waves --resolution 720p --ratio adaptive --duration 12", "Waves", {"resolution": "720p", "ratio": "adaptive", "duration": 12}),
        ("Waves  --fps 24 --framespersecond 24 --seed -1", "Waves", {"fps": 24, "seed": -1}),
        ("Waves --cf true --wm False", "Waves", {"camera_fixed": True, "watermark": False}),
        ("Waves --camerafixed false --watermark true", "Waves", {"camera_fixed": False, "watermark": True}),
        ("Waves --RS 480p --dur=6 at dusk", "Waves at dusk", {"resolution": "480p", "duration": 6}),
        ("--dur 6", "", {"duration": 6}),
        ("Two  spaces\n--seed 7", "Two  spaces", {"seed": 7}),
        ("A sign--dur 6 and --durable", "A sign--dur 6 and --durable", {}),
    ],
)
def test_known_commands_are_taken_out_and_set_what_they_name(text: str, prompt: str, values: dict[str, Any]) -> None:
    read = read_text(text, IMAGE_TO_VIDEO)
    assert (read.prompt, read.values, read.complaints) == (prompt, values, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Waves --dur 13", "--dur 13 is not possible: an integer from 4 to 12"),
        ("Waves --dur 5.5", "--dur 5.5 is not possible: an integer from 4 to 12"),
        ("Waves --dur", "--dur is not possible: an integer from 4 to 12"),
        ("Waves --dur --seed 7", "--dur is not possible: an integer from 4 to 12"),
        ("Waves --dur -1", "--dur -1 is not possible: the price would not be known; an integer from 4 to 12"),
        ("Waves --rs 1080p", "--rs 1080p is not possible: one of 480p, 720p"),
        ("Waves --fps 30", "--fps 30 is not possible: 24"),
        ("Waves --wm maybe", "--wm maybe is not possible: true or false"),
        ("Waves --frames 57", "--frames 57 is not possible for this model; use --dur"),
        ("Waves --dur 5 --duration 6", "--dur 5 and --duration 6 contradict each other"),
    ],
)
def test_a_command_that_does_not_fit_is_named(text: str, said: str) -> None:
    read = read_text(text, IMAGE_TO_VIDEO)
    assert (read.complaints, read.prompt) == ([said], "Waves")


def test_a_command_of_another_model_is_named() -> None:
    assert read_text("Waves --wm true", PRO_TEXT_TO_VIDEO).complaints == ["--wm true is not possible for this model"]


def test_an_unknown_command_stays_in_the_prompt_and_is_told_of_once() -> None:
    read = read_text("Waves --noaudio --dur 6 --noaudio", IMAGE_TO_VIDEO)
    assert (read.prompt, read.values, read.unknown) == ("Waves --noaudio --noaudio", {"duration": 6}, ["--noaudio"])
