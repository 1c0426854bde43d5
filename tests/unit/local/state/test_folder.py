"""A state folder is used by one running service, keeps what it has stored, and is refused rather than changed if it is not sound."""

import errno
import fcntl
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from local.serve.options import parse
from local.serve.own_folder import OwnFolder
from local.state.database import UnusableDatabase
from local.state.folder import StateFolder
from local.state.lock import FolderInUse
from local.state.problems import UnusableFolder
from local.state.records import Records
from tests.support.paths import ROOT


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in sorted(folder.rglob("*"))}


def _in_use(folder: Path) -> StateFolder:
    """The folder of a running service, with a file of each kind."""
    first = StateFolder(folder, folder)
    first.name_owner("http://127.0.0.1:8787")
    for path in (first.path / "env.json", first.mail / "1.eml", first.logs / "api.log", first.temporary / "a"):
        path.write_text("the first one's")
    return first


def test_a_folder_in_use_is_refused_with_process_and_address_and_stays_as_it_is(tmp_path: Path) -> None:
    first = _in_use(tmp_path / "state")
    before = _files(tmp_path)
    sentence = rf"the state folder .*state belongs to a running service \(process {os.getpid()} at http://127\.0\.0\.1:8787\)"
    with pytest.raises(FolderInUse, match=sentence):
        StateFolder(tmp_path / "state", tmp_path)
    assert _files(tmp_path) == before
    first.release()


@pytest.mark.parametrize("way", ["state/../state", "link"])
def test_a_folder_in_use_is_recognised_by_any_path(tmp_path: Path, way: str) -> None:
    first = _in_use(tmp_path / "state")
    (tmp_path / "link").symlink_to(tmp_path / "state")
    with pytest.raises(FolderInUse):
        StateFolder(tmp_path / way, tmp_path)
    first.release()


def test_a_refused_service_starts_nothing_and_deletes_nothing(tmp_path: Path) -> None:
    first = _in_use(tmp_path / "state")
    before, locked = _files(tmp_path), list[None]()
    options = parse(["--state-dir", str(tmp_path / "state"), "--port", "0"])
    with pytest.raises(FolderInUse):
        OwnFolder.lock(options, lambda: locked.append(None))
    assert (_files(tmp_path), locked) == (before, [])
    first.release()


def test_a_released_folder_can_be_used_again(tmp_path: Path) -> None:
    _in_use(tmp_path / "state").release()
    second = StateFolder(tmp_path / "state", tmp_path)
    assert (second.mail / "1.eml").exists()
    assert json.loads((second.path / "lock").read_text()) == {"pid": os.getpid(), "api": None}
    second.release()


def test_the_lock_of_a_killed_service_is_gone(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from local.state.folder import StateFolder; s = StateFolder(Path({str(tmp_path)!r}), Path())"
    child = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", f"{code}; print(flush=True); input()"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout
    child.stdout.readline()
    with pytest.raises(FolderInUse, match=f"process {child.pid}"):
        StateFolder(tmp_path, tmp_path)
    child.kill()
    child.communicate()
    StateFolder(tmp_path, tmp_path).release()


@pytest.mark.parametrize("left", ["", "1234\n", "[]", '{"pid": 1}'])
def test_a_lock_without_a_readable_owner_is_still_a_lock(tmp_path: Path, left: str) -> None:
    first = StateFolder(tmp_path, tmp_path)
    (tmp_path / "lock").write_text(left)
    with pytest.raises(FolderInUse, match="belongs to a running service;"):
        StateFolder(tmp_path, tmp_path)
    first.release()


def test_a_service_that_stops_holds_its_folder_until_everything_is_stored(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state", tmp_path)
    seen: list[str] = []

    class Closing:
        def close(self) -> None:
            with pytest.raises(FolderInUse, match=f"process {os.getpid()}"):
                StateFolder(tmp_path / "state", tmp_path)
            seen.append("held")

    database, state.database = state.database, Closing()  # type: ignore[assignment]  # as a slow disk closes it
    state.release()
    database.close()
    assert seen == ["held"]


# What remains


def test_what_was_stored_is_there_for_the_next_service(tmp_path: Path) -> None:
    first = StateFolder(tmp_path / "state", tmp_path)
    Records(first.database, "any").put("a", 1)
    (first.mail / "0001.eml").touch()
    first.release()
    second = StateFolder(tmp_path / "state", tmp_path)
    assert Records(second.database, "any").get("a") == 1
    assert (second.mail / "0001.eml").exists()
    second.release()


def test_without_a_flag_the_folder_lies_beside_the_template(tmp_path: Path) -> None:
    state = StateFolder(None, tmp_path)
    assert state.path == tmp_path / ".local" / "state"
    state.release()


def test_a_folder_of_an_earlier_version_is_taken_over_with_its_mails_and_logs(tmp_path: Path) -> None:
    for name in ("mail", "logs", "tmp", "objects", "simulator"):
        (tmp_path / name).mkdir()
    for name in ("lock", "env.json", "mail/0001.eml", "logs/service.log", "tmp/left"):
        (tmp_path / name).write_text("old")
    state = StateFolder(tmp_path, tmp_path)
    assert (state.mail / "0001.eml").read_text() == (state.logs / "service.log").read_text() == "old"
    assert list(state.temporary.iterdir()) == []
    state.release()


def test_nobody_else_can_read_the_folder_or_the_database(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o755)
    state = StateFolder(tmp_path / "state", tmp_path)
    Records(state.database, "any").put("a", 1)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (state.path, *state.path.glob("state.sqlite*"))}
    assert modes == {"state": 0o700} | dict.fromkeys(("state.sqlite", "state.sqlite-shm", "state.sqlite-wal"), 0o600)
    state.release()


# Ephemeral ones


def test_an_ephemeral_folder_keeps_mails_and_logs_and_no_data(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state", tmp_path, ephemeral=True)
    Records(state.database, "any").put("a", 1)
    for folder in (state.objects, state.simulator, state.mail, state.logs):
        (folder / "file").touch()
    state.release()
    assert sorted(_files(state.path)) == ["lock", "logs", "logs/file", "mail", "mail/file"]


def test_kept_data_is_neither_hidden_nor_mixed_by_an_ephemeral_service(tmp_path: Path) -> None:
    StateFolder(tmp_path / "state", tmp_path).release()
    with pytest.raises(UnusableFolder, match="state holds data, which --ephemeral would leave out; start without it, or use another"):
        StateFolder(tmp_path / "state", tmp_path, ephemeral=True)
    StateFolder(tmp_path / "state", tmp_path).release()


def test_a_folder_of_an_ephemeral_service_can_be_kept_later(tmp_path: Path) -> None:
    StateFolder(tmp_path / "state", tmp_path, ephemeral=True).release()
    StateFolder(tmp_path / "state", tmp_path).release()


# Refusals: each is one sentence, and changes nothing


def _refusal(path: Path, kind: type[OSError] = UnusableFolder) -> str:
    with pytest.raises(kind) as refused:
        StateFolder(path, path)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("mine")
    assert _refusal(tmp_path / "state") == f"the state folder {tmp_path / 'state'} is a file; use another --state-dir"
    assert _files(tmp_path) == {"state": b"mine"}


def test_a_file_in_the_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert "a part of the path of the state folder" in _refusal(tmp_path / "file" / "state")


def test_a_link_to_nothing_is_refused_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "state").symlink_to(tmp_path / "gone")
    assert f"is a link to {tmp_path / 'gone'}, which does not exist" in _refusal(tmp_path / "state")
    assert not (tmp_path / "gone").exists()


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").symlink_to(tmp_path / "state")
    assert "a link" in _refusal(tmp_path / "state")


def test_a_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    assert _refusal(tmp_path / ("a" * 300)).endswith("is too long; use another --state-dir")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else and return")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    os.seteuid(65534)
    try:
        said = _refusal(tmp_path / "state")
    finally:
        os.seteuid(0)
    assert said.startswith("no permission to use the state folder")


def test_a_file_system_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_locks(file: object, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", without_locks)
    assert "cannot lock files; use a --state-dir on a local disk" in _refusal(tmp_path)
    assert sorted(_files(tmp_path)) == ["lock"]


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    assert "is not a state folder: it holds other files, such as mail; use an empty or new --state-dir" in _refusal(tmp_path)
    assert _files(tmp_path) == {"mail": b"", "notes.txt": b"mine"}


def test_what_a_file_system_puts_into_an_empty_folder_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    StateFolder(tmp_path, tmp_path).release()


@pytest.mark.parametrize("left", ["key", "objects/0123", "simulator/sub/file"])
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_no_new_database_is_begun_beside_the_data_of_a_lost_one(tmp_path: Path, left: str, how: str) -> None:
    StateFolder(tmp_path, tmp_path).release()
    (tmp_path / left).parent.mkdir(exist_ok=True)
    (tmp_path / left).write_text("kept")
    (tmp_path / "state.sqlite").unlink() if how == "missing" else (tmp_path / "state.sqlite").write_bytes(b"")
    before = _files(tmp_path)
    said = _refusal(tmp_path, UnusableDatabase)
    assert f"state.sqlite is missing or empty, but {left.split('/')[0]} belongs to it; nothing was changed" in said
    assert {name: text for name, text in _files(tmp_path).items() if name != "lock"} == {n: b for n, b in before.items() if n != "lock"}


def _broken(folder: Path, how: str) -> None:
    state = StateFolder(folder, folder)
    Records(state.database, "any").put_all({str(number): "x" * 1000 for number in range(100)})
    state.release()
    file = folder / "state.sqlite"
    data = file.read_bytes()
    file.write_bytes(
        {"cut": data[: len(data) // 2], "overwritten": b"x" * len(data), "holed": data[:8192] + bytes(65536) + data[73728:]}[how]
    )


@pytest.mark.parametrize("how", ["cut", "overwritten", "holed"])
def test_a_damaged_database_is_refused_stays_and_unlocks_the_folder(tmp_path: Path, how: str) -> None:
    _broken(tmp_path, how)
    before = (tmp_path / "state.sqlite").read_bytes()
    said = _refusal(tmp_path, UnusableDatabase)
    assert "state.sqlite is damaged" in said
    assert f"`python -m local state show --state-dir {tmp_path}` says what can still be read" in said
    assert (tmp_path / "state.sqlite").read_bytes() == before
    assert _refusal(tmp_path, UnusableDatabase) == said


def test_a_missing_log_is_no_damage(tmp_path: Path) -> None:
    code = "; ".join(
        [
            "import os, sys; from pathlib import Path; from local.state.folder import StateFolder; from local.state.records import Records",
            f"s = StateFolder(Path({str(tmp_path)!r}), Path()); Records(s.database, 'any').put('a', 1); os._exit(0)",
        ]
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)  # noqa: S603
    (tmp_path / "state.sqlite-wal").unlink()
    StateFolder(tmp_path, tmp_path).release()
