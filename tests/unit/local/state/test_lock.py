"""The lock of a state folder: one owner, who may be looked at without being disturbed."""

import fcntl
from pathlib import Path
from typing import IO

import pytest

from local.state.lock import acquire, running_service, write_owner


def test_a_lock_has_one_owner_at_a_time(tmp_path: Path) -> None:
    first = acquire(tmp_path)
    assert first
    assert acquire(tmp_path, lambda seconds: None) is None
    first.close()
    second = acquire(tmp_path)
    assert second
    second.close()


def test_a_look_at_the_lock_does_not_turn_away_a_service_that_starts(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    look = (tmp_path / "lock").open()
    fcntl.flock(look, fcntl.LOCK_SH)
    lock = acquire(tmp_path, lambda seconds: look.close())
    assert lock
    lock.close()


def test_a_lock_that_its_owner_has_removed_is_not_taken_for_the_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flock, attempts = fcntl.flock, list[int]()

    def removed_before_the_first_attempt(file: IO[str], operation: int) -> None:
        if not attempts:
            (tmp_path / "lock").unlink()
        attempts.append(operation)
        flock(file, operation)

    monkeypatch.setattr(fcntl, "flock", removed_before_the_first_attempt)
    lock = acquire(tmp_path)
    assert lock
    assert len(attempts) == 2
    assert acquire(tmp_path, lambda seconds: None) is None
    lock.close()


def test_the_running_service_is_described_until_it_ends(tmp_path: Path) -> None:
    assert running_service(tmp_path) is None
    lock = acquire(tmp_path)
    assert lock
    write_owner(lock, "http://127.0.0.1:8787")
    assert (running_service(tmp_path) or "").endswith("at http://127.0.0.1:8787)")
    lock.close()
    assert running_service(tmp_path) is None
