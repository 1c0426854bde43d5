"""A file is whole, or not there."""

import os
from pathlib import Path

import pytest

from local.simulator.media.whole_file import delete_unfinished, whole_file


def _write_and_fail(path: Path) -> None:
    with whole_file(path) as new:
        new.write_bytes(b"half")
        raise LookupError


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "film"
    with whole_file(path) as new:
        new.write_bytes(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["film"]


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(b"old")
    with pytest.raises(LookupError):
        _write_and_fail(tmp_path / "film")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("film", b"old")]


def test_the_bytes_are_on_disk_before_the_name_and_the_name_before_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[str, bool]] = []

    def note(descriptor: int, *_: int) -> None:
        synced.append((Path(f"/dev/fd/{descriptor}").resolve().name, (tmp_path / "film").exists()))

    monkeypatch.setattr(os, "fsync", note)
    with whole_file(tmp_path / "film") as new:
        new.write_bytes(b"whole")
    assert synced == [(new.name, False), (tmp_path.name, True)]


def test_only_unfinished_files_are_deleted_at_a_start(tmp_path: Path) -> None:
    for name in ("film", "film.0a.part"):
        (tmp_path / name).write_bytes(b"x")
    delete_unfinished(tmp_path)
    assert os.listdir(tmp_path) == ["film"]
