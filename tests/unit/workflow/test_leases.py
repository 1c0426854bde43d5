"""Leases: a poll writes the record only if the lease, the sweep or a reader needs it."""

from datetime import timedelta
from typing import Any

import pytest

from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import KEEPER_MARGIN
from cliprelay.workflow.leases import FAR, Note, note_of
from tests.support.makers import NOW, any_video

EPOCH, MARGIN = int(NOW.timestamp()), int(KEEPER_MARGIN.total_seconds())
FOUND_RUNNING: dict[str, Any] = {"misses": 0}


def _running(**changes: Any) -> Video:
    return any_video(**{"status": Status.RUNNING, "due_at": EPOCH + 8 + MARGIN, **changes})


def test_a_video_that_just_runs_on_is_not_written() -> None:
    assert note_of(_running(), FOUND_RUNNING, NOW, 8) is Note.NOTHING


@pytest.mark.parametrize(
    ("used", "writes"), [(0, Note.NOTHING), (199, Note.NOTHING), (200, Note.NOTHING), (201, Note.LEASE), (700, Note.LEASE)]
)
def test_the_lease_is_extended_once_a_third_of_the_margin_is_used_up(used: int, writes: Note) -> None:
    assert note_of(_running(), FOUND_RUNNING, NOW + timedelta(seconds=used), 8) is writes


def test_a_wait_that_uses_up_the_margin_extends_the_lease_at_once() -> None:
    assert note_of(_running(), FOUND_RUNNING, NOW, 208) is Note.NOTHING
    assert note_of(_running(), FOUND_RUNNING, NOW, 209) is Note.LEASE


def test_a_lease_that_is_longer_than_any_may_be_is_corrected() -> None:
    assert note_of(_running(due_at=EPOCH + 8 + 2 * MARGIN + 1), FOUND_RUNNING, NOW, 8) is Note.LEASE
    assert note_of(_running(due_at=None), FOUND_RUNNING, NOW, 8) is Note.LEASE


def test_a_video_that_was_failing_is_written_when_an_answer_comes_and_while_none_does() -> None:
    assert note_of(_running(failing_since=EPOCH), FOUND_RUNNING, NOW, 8) is Note.LEASE
    assert note_of(_running(failing_since=EPOCH), {"failing_since": EPOCH}, NOW, 8) is Note.LEASE
    assert note_of(_running(), {"failing_since": EPOCH}, NOW, 8) is Note.LEASE


def test_misses_are_written_when_they_change() -> None:
    assert note_of(_running(), {"misses": 1}, NOW, 8) is Note.LEASE
    assert note_of(_running(misses=1), {"misses": 0}, NOW, 8) is Note.LEASE
    assert note_of(_running(misses=1), {"misses": 1}, NOW, 8) is Note.NOTHING


@pytest.mark.parametrize(
    ("stored", "reported", "writes"), [(0, FAR - 1, Note.NOTHING), (0, FAR, Note.PROGRESS), (50, 99, Note.NOTHING), (49, 99, Note.PROGRESS)]
)
def test_progress_is_written_at_once_only_when_it_has_moved_by_half_of_the_way(stored: int, reported: int, writes: Note) -> None:
    changes = {"misses": 0, "progress": reported, "updated_at": "later"}
    assert note_of(_running(progress=stored), changes, NOW, 8) is writes


def test_progress_is_written_with_a_lease_that_is_due() -> None:
    changes = {"misses": 0, "progress": FAR, "updated_at": "later"}
    assert note_of(_running(), changes, NOW + timedelta(seconds=201), 8) is Note.LEASE


def test_a_video_that_is_being_copied_is_always_written() -> None:
    assert note_of(_running(status=Status.ARCHIVING), FOUND_RUNNING, NOW, 8) is Note.LEASE
