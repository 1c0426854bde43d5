"""A cleared folder has lost what the service wrote there, and nothing else."""

from pathlib import Path

import pytest

from local.state.clear import clear, losses
from local.state.contents import Contents
from local.state.folder import StateFolder
from local.state.key_file import KeyFile
from local.state.lock import FolderInUse

OURS = (
    "env.json",
    "key.part",
    "state.sqlite-wal",
    "objects/0123456789abcdef0123456789abcdef",
    "objects/0123456789abcdef0123456789abcdef.unfinished",
    "simulator/video-a.mp4",
    "simulator/picture-0123.0123.part",
    "simulator/stock-480x864-96-silent.mp4",
    "mail/0001.eml",
    "mail/unfinished-1.part",
    "logs/service.log",
    "tmp/submit-1/any",
)
THEIRS = ("notes.txt", "objects/mine.mp4", "mail/answer.txt", "logs/old.log.gz", "more/file")


def _folder(path: Path) -> Path:
    state = StateFolder(path, path)
    KeyFile(path).write("clr_any")
    state.release()
    _write(path, OURS)
    return path


def _write(path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("any")


def _agree(found: Contents) -> bool:
    return True


def test_all_our_files_go_and_the_folder_can_be_used_again(tmp_path: Path) -> None:
    assert clear(_folder(tmp_path / "state"), _agree) == []
    assert list((tmp_path / "state").iterdir()) == []
    StateFolder(tmp_path / "state", tmp_path).release()


def test_what_is_not_ours_stays_and_is_named(tmp_path: Path) -> None:
    _write(_folder(tmp_path / "state"), THEIRS)
    assert clear(tmp_path / "state", _agree) == sorted(THEIRS)
    assert all((tmp_path / "state" / name).read_text() == "any" for name in THEIRS)


def test_nothing_goes_without_consent(tmp_path: Path) -> None:
    before = set(_folder(tmp_path / "state").rglob("*"))
    assert clear(tmp_path / "state", lambda found: False) is None
    assert before <= set(tmp_path.joinpath("state").rglob("*"))


def test_the_folder_of_a_running_service_is_not_cleared(tmp_path: Path) -> None:
    state = StateFolder(_folder(tmp_path / "state"), tmp_path)
    with pytest.raises(FolderInUse):
        clear(state.path, _agree)
    assert (state.path / "key").exists()
    state.release()


def test_no_service_can_start_while_the_folder_is_cleared(tmp_path: Path) -> None:
    def start_meanwhile(found: Contents) -> bool:
        with pytest.raises(FolderInUse):
            StateFolder(tmp_path / "state", tmp_path)
        return True

    assert clear(_folder(tmp_path / "state"), start_meanwhile) == []


def test_objects_on_another_disk_are_followed_and_other_files_there_stay(tmp_path: Path) -> None:
    _folder(tmp_path / "state")
    (tmp_path / "state" / "objects").rename(tmp_path / "disk")
    (tmp_path / "state" / "objects").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "mine.mp4").touch()
    assert clear(tmp_path / "state", _agree) == ["objects"]
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["mine.mp4"]


def test_a_removal_that_was_interrupted_can_be_completed(tmp_path: Path) -> None:
    (_folder(tmp_path / "state") / "state.sqlite").unlink()
    assert clear(tmp_path / "state", _agree) == []


def test_the_losses_begin_with_the_videos_that_are_paid_for() -> None:
    found = Contents(
        Path("any"), videos={"running": 1, "queued": 2, "succeeded": 4}, paid_videos=["vid_1"], api_keys=1, objects=4, problems=["damaged"]
    )
    said = list(losses(found))
    assert said[0] == "These videos are not finished, and the upstream has been or may have been paid for them: vid_1"
    assert said[1] == "3 open videos of 7: 1 running, 2 queued, 4 succeeded"
    assert said[-1] == "damaged"
