"""A webhook body is JSON of at most 20,000 bytes for every video."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.webhooks.payload import CUT, LIMIT, body_of
from tests.support.makers import any_settings


def _data(prompt: str = "Waves.", **members: Any) -> dict[str, Any]:
    return {"id": "vid_1", "object": "video", "status": "succeeded", "request": any_settings(prompt=prompt), "metadata": {}, **members}


def _sent(data: dict[str, Any]) -> dict[str, Any]:
    body = body_of("video.succeeded", "2026-11-22T06:00:00Z", data)
    assert len(body) <= LIMIT
    event: dict[str, Any] = json.loads(body)
    assert (event["type"], event["timestamp"]) == ("video.succeeded", "2026-11-22T06:00:00Z")
    sent: dict[str, Any] = event["data"]
    return sent


def test_a_typical_video_is_sent_complete() -> None:
    assert _sent(_data()) == _data()


@pytest.mark.parametrize("prompt", ["🌊" * 8_000, "ä" * 300_000, '"\n\\' * 100_000, "\x00" * 300_000])
def test_a_long_prompt_is_cut_and_marked_and_the_rest_is_unchanged(prompt: str) -> None:
    sent = _sent(_data(prompt, video={"bytes": 5}))
    assert sent["truncated"] == ["request.prompt"]
    shown = sent["request"]["prompt"]
    assert shown.endswith(CUT)
    assert prompt.startswith(shown.removesuffix(CUT))
    assert sent["video"] == {"bytes": 5}
    # As much as fits: two more characters of four bytes, escaped to at most six, would not.
    assert len(body_of("video.succeeded", "2026-11-22T06:00:00Z", sent)) > LIMIT - 40


def test_the_least_important_members_are_left_out_first_and_the_id_never() -> None:
    metadata = {f"key-{number}": "🌊" * 500 for number in range(16)}
    sent = _sent(_data("x" * 8_000, metadata=metadata, warnings=[{"code": "any"}], video={"bytes": 5}))
    assert sent["truncated"] == ["request.prompt", "warnings", "request", "metadata"]
    assert sent["video"] == {"bytes": 5}
    assert sent["id"] == "vid_1"


def test_a_lone_surrogate_in_an_old_record_does_not_stop_an_event() -> None:
    assert _sent(_data("a\ud800b"))["request"]["prompt"] == "a?b"


@given(st.text(), st.dictionaries(st.text(max_size=64), st.text(max_size=500), max_size=16), st.integers(1, 3_000))
def test_any_prompt_and_metadata_fit_into_the_limit_of_a_body(prompt: str, metadata: dict[str, str], times: int) -> None:
    _sent(_data(prompt * times, metadata=metadata))
