"""A video looks like a task of the vendor's API, in answers and in callbacks."""

import json
from typing import Any

import pytest

from cliprelay.faces.ark import LONGEST_CALLBACK, WORDS, callback_body, task_of
from cliprelay.media.facts import Facts
from cliprelay.video.states import Status
from tests.support.delivery_runner import ended_video
from tests.support.makers import any_settings, any_video

QUOTE = {"tokens": 108_900, "usd": "0.1307", "usd_per_million": "1.2"}
ENDED: dict[str, Any] = {"face": "ark", "asked_model": "seedance-1-5-pro-251215", "quote": QUOTE, "link": "A" * 43, "upstream_id": "t"}


def test_a_finished_task_has_a_link_its_tokens_and_its_settings() -> None:
    video = ended_video(
        **ENDED, settings=any_settings(seed=7, generate_audio=False), metadata={"safety_identifier": "user-1", "order": "4711"}
    )
    assert task_of(video) == {
        "id": video.id,
        "model": "seedance-1-5-pro-251215",
        "status": "succeeded",
        "error": None,
        "content": {"video_url": f"https://api.example.com/v1/links/{video.id}.{'A' * 43}"},
        "usage": {"completion_tokens": 108_900, "total_tokens": 108_900},
        "created_at": 1_795_327_200,
        "updated_at": 1_795_327_200,
        "seed": 7,
        "resolution": "720p",
        "ratio": "adaptive",
        "duration": 5,
        "framespersecond": 24,
        "generate_audio": False,
        "camera_fixed": False,
        "watermark": False,
        "service_tier": "default",
        "execution_expires_after": 172_800,
        "safety_identifier": "user-1",
        "metadata": {"order": "4711"},
    }


@pytest.mark.parametrize("status", list(Status))
def test_every_state_has_a_word_of_the_vendor(status: Status) -> None:
    task = task_of(any_video(status=status, error={"code": "moderated", "message": "No."}, link="A" * 43, quote=QUOTE))
    assert task["status"] == WORDS[status]
    assert ("content" in task, "usage" in task) == (status is Status.SUCCEEDED,) * 2
    assert task["error"] == ({"code": "moderated", "message": "No."} if status is Status.FAILED else None)


def test_a_canceled_video_is_cancelled_while_its_task_goes_on() -> None:
    assert task_of(any_video(status=Status.RUNNING, cancel_requested_at="2026-11-22T06:00:00Z"))["status"] == "cancelled"


@pytest.mark.parametrize(("size", "ratio"), [((1280, 720), "16:9"), ((720, 1280), "9:16"), ((1112, 834), "4:3")])
def test_the_shape_of_an_adaptive_video_is_that_of_its_file(size: tuple[int, int], ratio: str) -> None:
    width, height = size
    facts = Facts(width=width, height=height, frames=121, fps_thousandths=24_000, milliseconds=5_042, codec="h264", sound=True)
    assert task_of(ended_video(**ENDED, facts=facts))["ratio"] == ratio
    assert task_of(ended_video(**ENDED, facts=facts, settings=any_settings(ratio="1:1")))["ratio"] == "1:1"


def test_a_video_of_our_own_api_or_of_another_version_is_a_task_too() -> None:
    assert task_of(any_video())["model"] == "seedance-v1.5-pro-i2v"
    task = task_of(any_video(model="seedance-v9", settings={}))
    assert (task["model"], task["status"], "resolution" in task) == ("seedance-v9", "queued", False)


def test_a_callback_has_the_task_as_a_get_shows_it() -> None:
    video = ended_video(**ENDED, metadata={"name": "Wellen 🌊"})
    assert json.loads(callback_body(video)) == task_of(video)
    assert "🌊".encode() in callback_body(video)


def test_a_callback_leaves_out_what_is_too_long_for_a_receiver() -> None:
    video = ended_video(**ENDED, metadata={f"key-{number}": "🌊" * 500 for number in range(16)}, warnings=[{"code": "a", "message": "b"}])
    body = callback_body(video)
    assert len(body) < LONGEST_CALLBACK
    assert {**task_of(video), "warnings": None, "metadata": None} == {**json.loads(body), "warnings": None, "metadata": None}
