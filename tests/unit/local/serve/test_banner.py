"""The banner says where the data is, whose it is, how to remove it, and what goes on."""

from pathlib import Path

from local.serve.banner import banner
from local.serve.options import parse
from local.serve.service import ReadyFile, Service

READY = ReadyFile("http://127.0.0.1:8787", "clr_any", "http://127.0.0.1:4566", "us-east-1", None, "mail", "cliprelay", "logs", 1)


def _said(*flags: str, data: Path | None, open_videos: int = 0) -> str:
    service = Service(parse([*flags]), print)
    service.data, service.open_videos = data, open_videos
    return banner(READY, service)


def test_kept_data_is_named_with_its_upstream_and_the_command_that_removes_it() -> None:
    said = _said("--upstream-url", "https://api.example.com/v3", "--upstream-key", "k", data=Path("/srv/my state"))
    assert "  data           /srv/my state\n" in said
    assert "The data belongs to https://api.example.com, and remains when the service stops." in said
    assert "  .venv/bin/python -m local state clear --state-dir '/srv/my state'\n" in said
    assert "lost" not in said


def test_data_in_memory_is_said_to_be_lost() -> None:
    assert "  All data is in memory and is lost on exit.\n" in _said("--ephemeral", data=None)


def test_open_videos_are_counted() -> None:
    assert "go" not in _said(data=None)
    assert "  1 video goes on.\n" in _said(data=None, open_videos=1)
    assert "  3 videos go on.\n" in _said(data=None, open_videos=3)
