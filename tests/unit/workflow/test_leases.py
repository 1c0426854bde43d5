"""Leases: a poll writes the record only if the lease, the sweep or a reader needs it."""

from datetime import timedelta
from typing import Any

import pytest

from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import KEEPER_MARGIN
from cliprelay.workflow.leases import FAR, must_write
from tests.support.makers import NOW, any_video

EPOCH, MARGIN = int(NOW.timestamp()), int(KEEPER_MARGIN.total_seconds())
FOUND_RUNNING: dict[str, Any] = {"misses": 0}


def _running(**changes: Any) -> Video:
    return any_video(**{"status": Status.RUNNING, "due_at": EPOCH + 8 + MARGIN, **changes})


def test_a_video_that_just_runs_on_is_not_written() -> None:
    assert not must_write(_running(), FOUND_RUNNING, NOW, 8)


@pytest.mark.parametrize(("used", "writes"), [(0, False), (199, False), (200, False), (201, True), (700, True)])
def test_the_lease_is_extended_once_a_third_of_the_margin_is_used_up(used: int, writes: bool) -> None:
    assert must_write(_running(), FOUND_RUNNING, NOW + timedelta(seconds=used), 8) is writes


def test_a_wait_that_uses_up_the_margin_extends_the_lease_at_once() -> None:
    assert not must_write(_running(), FOUND_RUNNING, NOW, 208)
    assert must_write(_running(), FOUND_RUNNING, NOW, 209)


def test_a_lease_that_is_longer_than_any_may_be_is_corrected() -> None:
    assert must_write(_running(due_at=EPOCH + 8 + 2 * MARGIN + 1), FOUND_RUNNING, NOW, 8)
    assert must_write(_running(due_at=None), FOUND_RUNNING, NOW, 8)


def test_a_video_that_was_failing_is_written_when_an_answer_comes_and_while_none_does() -> None:
    assert must_write(_running(failing_since=EPOCH), FOUND_RUNNING, NOW, 8)
    assert must_write(_running(failing_since=EPOCH), {"failing_since": EPOCH}, NOW, 8)
    assert must_write(_running(), {"failing_since": EPOCH}, NOW, 8)


def test_misses_are_written_when_they_change() -> None:
    assert must_write(_running(), {"misses": 1}, NOW, 8)
    assert must_write(_running(misses=1), {"misses": 0}, NOW, 8)
    assert not must_write(_running(misses=1), {"misses": 1}, NOW, 8)


@pytest.mark.parametrize(("stored", "reported", "writes"), [(0, FAR - 1, False), (0, FAR, True), (50, 99, False), (49, 99, True)])
def test_progress_is_written_at_once_only_when_it_has_moved_by_half_of_the_way(stored: int, reported: int, writes: bool) -> None:
    changes = {"misses": 0, "progress": reported, "updated_at": "later"}
    assert must_write(_running(progress=stored), changes, NOW, 8) is writes


def test_a_video_that_is_being_copied_is_always_written() -> None:
    assert must_write(_running(status=Status.ARCHIVING), FOUND_RUNNING, NOW, 8)
