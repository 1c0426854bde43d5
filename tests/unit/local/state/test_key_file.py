"""The API key of a folder is written whole, for its owner's eyes only."""

import stat
from pathlib import Path

from local.state.key_file import KeyFile


def test_a_written_key_is_read_again_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    KeyFile(tmp_path).write("clr_first")
    KeyFile(tmp_path).write("clr_any")
    assert KeyFile(tmp_path).read() == "clr_any"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_leftover_of_a_killed_service_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "key.part").write_text("clr_ha")
    KeyFile(tmp_path).write("clr_any")
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_folder_without_a_key_has_none(tmp_path: Path) -> None:
    assert KeyFile(tmp_path).read() is None
    (tmp_path / "key").write_text("\n")
    assert KeyFile(tmp_path).read() is None


def test_a_folder_that_is_not_kept_gets_no_file(tmp_path: Path) -> None:
    KeyFile(tmp_path, is_kept=False).write("clr_any")
    assert list(tmp_path.iterdir()) == []
