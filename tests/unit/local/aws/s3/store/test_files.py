"""Files of objects: on disk before they have their name, and gone if nobody adopts them."""

import errno
import os
from pathlib import Path

import pytest

from local.aws.s3.store import files
from local.aws.s3.store.files import ObjectFiles
from tests.support.object_stores import durable_store, put


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_has_its_name_once_it_is_finished(tmp_path: Path) -> None:
    with ObjectFiles(tmp_path, durable=True).new() as file:
        file.write(b"body")
        assert names(tmp_path) == [f"{file.name}.unfinished"]
        file.finish()
        assert names(tmp_path) == [file.name]
        file.adopt()
    assert ((tmp_path / file.name).read_bytes(), file.size) == (b"body", 4)


@pytest.mark.parametrize("finished", [False, True])
def test_a_file_that_nobody_adopts_is_removed(tmp_path: Path, finished: bool) -> None:
    with ObjectFiles(tmp_path, durable=True).new() as file:
        file.write(b"body")
        if finished:
            file.finish()
    assert names(tmp_path) == []


def test_bytes_are_on_disk_before_the_name_and_the_name_before_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    monkeypatch.setattr(files, "_sync", lambda file: steps.append("bytes"))
    monkeypatch.setattr(files, "_sync_folder", lambda folder: steps.append("name"))
    rename = Path.rename

    def recording_rename(path: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", recording_rename)
    with ObjectFiles(tmp_path, durable=True).new() as file:
        file.finish()
    assert steps == ["bytes", "rename", "name"]
    with ObjectFiles(tmp_path, durable=False).new() as file:
        file.finish()
    assert steps == ["bytes", "rename", "name", "rename"]


def test_the_folder_s_own_name_is_on_disk_before_its_first_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders: list[Path] = []
    monkeypatch.setattr(files, "_sync_folder", folders.append)
    store = durable_store(tmp_path)
    assert folders == [tmp_path]
    put(store, "key", b"body")
    assert folders == [tmp_path, tmp_path / "objects"]


def test_a_write_that_the_system_does_in_two_steps_is_whole(tmp_path: Path) -> None:
    with ObjectFiles(tmp_path, durable=False, write=lambda file, data: os.write(file, data[:3])).new() as file:
        file.write(b"0123456789")
        file.finish()
        file.adopt()
    assert (tmp_path / file.name).read_bytes() == b"0123456789"


def test_a_full_disk_leaves_no_file(tmp_path: Path) -> None:
    def full(file: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = ObjectFiles(tmp_path, durable=True, write=full)
    with pytest.raises(OSError, match="No space left"), store.new() as file:
        file.write(b"body")
    assert names(tmp_path) == []


def test_only_files_with_our_names_are_ours(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"")
    (tmp_path / ("a" * 32 + ".txt")).write_bytes(b"")
    (tmp_path / ("b" * 32)).mkdir()
    ours = {"c" * 32, "d" * 32 + ".unfinished"}
    for name in ours:
        (tmp_path / name).write_bytes(b"")
    assert ObjectFiles(tmp_path, durable=True).names() == ours


def test_removing_a_missing_file_is_harmless(tmp_path: Path) -> None:
    store = ObjectFiles(tmp_path, durable=True)
    store.remove("a" * 32, None)
    assert store.size("a" * 32) is None
