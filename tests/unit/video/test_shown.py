"""What clients see of a video: its status, and whether a canceled one is paid for."""

from typing import Any

import pytest

from cliprelay.video.record import DEFAULTS
from cliprelay.video.shown import billed, event_status, has_ended, shown
from cliprelay.video.states import TERMINAL, Status
from tests.support.makers import any_video

ASKED = {"cancel_requested_at": "2026-11-22T06:00:05Z"}


@pytest.mark.parametrize("status", Status)
def test_a_video_shows_its_status_until_it_is_canceled(status: Status) -> None:
    video = any_video(status=status)
    assert (shown(video), event_status(video), has_ended(video), billed(video)) == (status, status, status in TERMINAL, None)


@pytest.mark.parametrize("status", Status)
def test_a_canceled_video_shows_nothing_else(status: Status) -> None:
    video = any_video(status=status, **ASKED)
    assert (shown(video), has_ended(video)) == (Status.CANCELED, True)


def test_a_canceled_video_has_no_event_before_its_end() -> None:
    assert [status for status in Status if any_video(status=status, **ASKED).is_silent] == [each for each in Status if each not in TERMINAL]
    assert not any(any_video(status=status).is_silent for status in Status)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"status": Status.SUBMITTING}, "possibly"),
        ({"status": Status.RUNNING, "upstream_id": "task-1"}, "possibly"),
        ({"status": Status.UNCONFIRMED}, "possibly"),
        ({"status": Status.CANCELED}, "no"),
        ({"status": Status.FAILED, "error": {"code": "moderated", "message": ""}}, "no"),
        ({"status": Status.SUCCEEDED, "upstream_id": "task-1"}, "yes"),
        ({"status": Status.FAILED, "error": {"code": "charged_without_video", "message": ""}}, "yes"),
        ({"status": Status.FAILED, "error": {"code": "outcome_unknown", "message": ""}}, "unknown"),
        ({"status": Status.FAILED, "upstream_id": "task-1"}, "unknown"),
        ({"status": Status.EXPIRED, "upstream_id": "task-1"}, "unknown"),
        ({"status": Status.CANCELED, "upstream_id": "task-1"}, "unknown"),
    ],
)
def test_a_canceled_video_says_whether_it_is_paid_for(record: dict[str, Any], expected: str) -> None:
    assert billed(any_video(**record, **ASKED)) == expected


def test_a_record_of_an_earlier_version_is_not_canceled_and_has_no_limits() -> None:
    assert {DEFAULTS[name] for name in ("cancel_requested_at", "discard_after", "expires_in", "not_before")} == {None}
    assert DEFAULTS["discard"] is False
