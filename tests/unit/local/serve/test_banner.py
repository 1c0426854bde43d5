"""The banner says where the data is, whose it is, how to remove it, and what goes on."""

from pathlib import Path

from local.serve.banner import banner
from local.serve.options import parse
from local.serve.own_folder import OwnFolder
from local.serve.service import ReadyFile, Service

READY = ReadyFile("http://127.0.0.1:8787", "clr_any", "http://127.0.0.1:4566", "us-east-1", None, "mail", "cliprelay", "logs", 1)


def _said(state: Path, *flags: str, open_videos: int = 0, serves_console: bool = False) -> str:
    options = parse(["--state-dir", str(state), *flags])
    folder = OwnFolder.lock(options)
    service = Service(options, folder, print)
    service.open_videos, service.serves_console = open_videos, serves_console
    service.stop()
    return banner(READY, service, folder)


def test_kept_data_is_named_with_its_upstream_and_the_command_that_removes_it(tmp_path: Path) -> None:
    state = tmp_path / "my state"
    said = _said(state, "--upstream-url", "https://api.example.com/v3", "--upstream-key", "k")
    assert f"  data           {state}\n" in said
    assert "The data belongs to https://api.example.com, and remains when the service stops." in said
    assert f"  .venv/bin/python -m local state clear --state-dir '{state}'\n" in said
    assert "lost" not in said


def test_data_in_memory_is_said_to_be_lost(tmp_path: Path) -> None:
    assert "  All data is in memory and is lost on exit.\n" in _said(tmp_path, "--ephemeral")


def test_the_console_is_named_where_there_is_one(tmp_path: Path) -> None:
    assert "  console        (off)\n" in _said(tmp_path)
    assert "  console        http://127.0.0.1:8787/console\n" in _said(tmp_path, serves_console=True)


def test_open_videos_are_counted(tmp_path: Path) -> None:
    assert "goes on" not in _said(tmp_path)
    assert "  1 video goes on.\n" in _said(tmp_path, open_videos=1)
    assert "  3 videos go on.\n" in _said(tmp_path, open_videos=3)
