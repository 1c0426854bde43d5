"""A state folder belongs to one running service, and to nobody once that one has ended, however it ended."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.serve.options import parse
from local.serve.service import Service
from local.state.folder import FolderInUse, StateFolder
from tests.support.paths import ROOT


def _files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() if path.is_file() else "" for path in sorted(folder.rglob("*"))}


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
    before = _files(tmp_path)
    lines: list[str] = []
    service = Service(parse(["--state-dir", str(tmp_path / "state"), "--port", "0"]), lines.append)
    with pytest.raises(FolderInUse):
        service.start()
    service.stop()
    assert (_files(tmp_path), lines) == (before, [])
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
