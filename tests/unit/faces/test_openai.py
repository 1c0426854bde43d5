"""Videos and events in OpenAI's words."""

import json
from typing import Any

import pytest

from cliprelay.faces.events import EventFacts, foreign_body
from cliprelay.faces.openai import STATUSES, size_of, video_object
from cliprelay.media.facts import Facts
from cliprelay.video.states import Status
from tests.support.makers import any_settings, any_video

EVENT = EventFacts("evt_1", "video.succeeded", "2026-11-22T06:00:00Z")
FACTS = Facts(width=864, height=496, fps_thousandths=24_000, frames=97, milliseconds=4_042, codec="h264", sound=False)
QUOTE = {"tokens": 108_900, "usd": "0.2614", "usd_per_million": "2.4"}


def test_an_open_video_has_all_members_and_null_where_nothing_is_known() -> None:
    assert video_object(any_video(settings=any_settings(prompt="A.", duration=4, ratio="1:1"))) == {
        "id": any_video().id,
        "object": "video",
        "model": "seedance-v1.5-pro-i2v",
        "status": "queued",
        "progress": 0,
        "created_at": 1_795_327_200,
        "completed_at": None,
        "expires_at": None,
        "prompt": "A.",
        "size": "960x960",
        "seconds": "4",
        "remixed_from_video_id": None,
        "error": None,
    }


def test_a_completed_video_has_its_times_and_what_it_cost() -> None:
    times = {"ended_at": "2026-11-22T06:01:00Z", "expires_at": 1_797_919_260}
    said = video_object(any_video(status=Status.SUCCEEDED, progress=99, link="A" * 43, metadata={"a": "b"}, quote=QUOTE, **times))
    assert (said["status"], said["progress"], said["completed_at"], said["expires_at"]) == ("completed", 100, 1_795_327_260, 1_797_919_260)
    assert (said["metadata"], said["cost"]["usd"], said["link"].startswith("https://")) == ({"a": "b"}, "0.2614", True)


def test_every_state_has_a_word_and_only_a_decided_end_is_failed() -> None:
    assert set(STATUSES) == set(Status)
    assert {status for status, word in STATUSES.items() if word == "failed"} == {Status.FAILED, Status.EXPIRED, Status.CANCELED}
    assert STATUSES[Status.UNCONFIRMED] == STATUSES[Status.ARCHIVING] == "in_progress"


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({"status": Status.FAILED, "error": {"code": "moderated", "message": "No."}}, {"code": "moderated", "message": "No."}),
        ({"status": Status.FAILED}, {"code": "failed", "message": "The video failed."}),
        ({"status": Status.EXPIRED, "error": {"code": "late", "message": "Late."}}, {"code": "expired", "message": "Late."}),
        ({"status": Status.CANCELED}, {"code": "canceled", "message": "The video was canceled."}),
        (
            {"status": Status.RUNNING, "cancel_requested_at": "2026-11-22T06:00:00Z"},
            {"code": "canceled", "message": "The video was canceled."},
        ),
        ({"status": Status.UNCONFIRMED, "error": {"code": "outcome_unknown", "message": "Unknown."}}, None),
    ],
)
def test_an_error_is_null_unless_the_video_failed(parts: dict[str, Any], error: dict[str, str] | None) -> None:
    assert video_object(any_video(**parts))["error"] == error


@pytest.mark.parametrize(
    ("parts", "size"),
    [
        ({}, None),
        ({"quote": QUOTE | {"size": "720x1280"}}, "720x1280"),
        ({"settings": any_settings(resolution="480p", ratio="21:9")}, "992x432"),
        ({"settings": any_settings(ratio="16:9"), "facts": FACTS}, "864x496"),
        ({"model": "of-another-version"}, None),
    ],
)
def test_the_size_is_that_of_the_file_or_as_ordered_or_unknown(parts: dict[str, Any], size: str | None) -> None:
    assert size_of(any_video(**parts)) == size


def test_warnings_name_fields_as_they_are_called_here_and_advise_no_second_order() -> None:
    warnings = [{"code": "will_crop", "message": "`image` is large."}, {"code": "no_idempotency_key", "message": "Sent without."}]
    crop, key = video_object(any_video(warnings=warnings))["warnings"]
    assert crop["message"] == "`input_reference` is large."
    assert "retries of OpenAI's packages are recognised" in key["message"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("video.succeeded", "video.completed"),
        ("video.failed", "video.failed"),
        ("video.expired", "video.failed"),
        ("video.canceled", "video.failed"),
        ("video.unconfirmed", "video.unconfirmed"),
    ],
)
def test_an_event_has_openai_s_form(kind: str, expected: str) -> None:
    body = foreign_body(any_video(face="openai"), EventFacts("evt_1", kind, EVENT.at))
    assert json.loads(body or b"") == {
        "id": "evt_1",
        "object": "event",
        "created_at": 1_795_327_200,
        "type": expected,
        "data": {"id": any_video().id},
    }


def test_videos_of_other_apis_keep_their_own_form() -> None:
    assert foreign_body(any_video(), EVENT) is None
