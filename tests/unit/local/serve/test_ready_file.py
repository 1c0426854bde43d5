"""A ready file belongs to the service that wrote it for as long as that one runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.serve.ready_file import ReadyFileInUse, ReadyFileOwner
from tests.support.paths import ROOT

CONTENTS = {"api": "http://127.0.0.1:8787", "pid": 12}


def test_a_ready_file_is_written_whole_and_goes_with_its_service(tmp_path: Path) -> None:
    owner = ReadyFileOwner(tmp_path / "ready.json")
    assert list(tmp_path.iterdir()) == []
    owner.write(CONTENTS)
    assert json.loads((tmp_path / "ready.json").read_text()) == CONTENTS
    owner.remove()
    assert list(tmp_path.iterdir()) == []


def test_the_ready_file_of_a_running_service_is_refused_with_its_address_and_stays(tmp_path: Path) -> None:
    first = ReadyFileOwner(tmp_path / "ready.json")
    first.write(CONTENTS)
    with pytest.raises(ReadyFileInUse, match=r"ready\.json belongs to a running service at http://127\.0\.0\.1:8787 \(process 12\)"):
        ReadyFileOwner(tmp_path / "ready.json")
    assert json.loads((tmp_path / "ready.json").read_text()) == CONTENTS


def test_a_ready_file_that_another_service_has_written_meanwhile_is_not_removed(tmp_path: Path) -> None:
    second = ReadyFileOwner(tmp_path / "ready.json")
    first = ReadyFileOwner(tmp_path / "ready.json")
    first.write(CONTENTS)
    with pytest.raises(ReadyFileInUse):
        second.remove_abandoned()
    assert json.loads((tmp_path / "ready.json").read_text()) == CONTENTS


def test_the_later_of_two_services_that_start_together_is_refused_and_removes_nothing(tmp_path: Path) -> None:
    first, second = ReadyFileOwner(tmp_path / "ready.json"), ReadyFileOwner(tmp_path / "ready.json")
    first.write(CONTENTS)
    with pytest.raises(ReadyFileInUse):
        second.write({"api": "http://127.0.0.1:1"})
    second.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]
    assert json.loads((tmp_path / "ready.json").read_text()) == CONTENTS


@pytest.mark.parametrize("left", ["{}", "nonsense", json.dumps(CONTENTS)])
def test_an_abandoned_ready_file_is_removed_once_the_service_knows_that_it_may_start(tmp_path: Path, left: str) -> None:
    (tmp_path / "ready.json").write_text(left)
    owner = ReadyFileOwner(tmp_path / "ready.json")
    assert (tmp_path / "ready.json").read_text() == left
    owner.remove_abandoned()
    assert not (tmp_path / "ready.json").exists()


def test_a_ready_file_that_another_program_replaced_is_not_removed(tmp_path: Path) -> None:
    owner = ReadyFileOwner(tmp_path / "ready.json")
    owner.write(CONTENTS)
    (tmp_path / "other").write_text("mine")
    (tmp_path / "other").replace(tmp_path / "ready.json")
    owner.remove()
    assert (tmp_path / "ready.json").read_text() == "mine"


def test_a_killed_service_leaves_a_ready_file_that_the_next_one_replaces(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from local.serve.ready_file import *; o = ReadyFileOwner(Path({str(tmp_path / 'ready.json')!r}))"
    child = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", f"{code}; o.write({{}}); print(flush=True); input()"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout
    child.stdout.readline()
    with pytest.raises(ReadyFileInUse):
        ReadyFileOwner(tmp_path / "ready.json")
    child.kill()
    child.communicate()
    ReadyFileOwner(tmp_path / "ready.json").write(CONTENTS)
    assert json.loads((tmp_path / "ready.json").read_text()) == CONTENTS
