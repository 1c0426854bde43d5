"""`python -m local serve`: its options, errors and state folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from local import __main__ as entry_point
from local.serve.options import parse
from local.state.folder import StateFolder
from tests.support.paths import ROOT


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["--port", "1"]])
def test_an_invalid_command_prints_the_usage_with_status_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert entry_point.main(argv) == 2
    error = capsys.readouterr().err
    assert "serve" in error
    assert "simulator" in error
    assert "demo" in error


def test_help_succeeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry_point.main(["--help"]) == 0
    assert "serve" in capsys.readouterr().out


def test_the_entry_point_imports_only_the_selected_command() -> None:
    code = "import sys, local.__main__; sys.exit(any(name in sys.modules for name in ('moto', 'boto3', 'av')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0  # noqa: S603


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--port", "eighty"], "not a port"),
        (["--port", "70000"], "not a port"),
        (["--port", "-1"], "not a port"),
        (["--time-scale", "0"], "not a positive number"),
        (["--time-scale", "nan"], "not a positive number"),
        (["--time-scale", "inf"], "not a positive number"),
        (["--upstream-url", "http://x"], "used together"),
        (["--upstream-key", "k"], "used together"),
        (["--upstream-url", "x", "--upstream-key", "k"], "http://"),
        (["--ready-file", "/no/such/folder/ready.json"], "does not exist"),
        (["--parameter", "Name"], "NAME=VALUE"),
        (["--colour"], "unrecognized"),
        (["--por", "1"], "unrecognized"),
    ],
)
def test_an_invalid_option_is_reported_with_status_2(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(argv)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_the_defaults_match_the_documentation() -> None:
    options = parse([])
    assert (options.port, options.time_scale, options.aws_host, options.aws_port) == (8787, 1.0, "127.0.0.1", 0)
    assert options.loopback is True
    assert options.ready_file is None


def test_parameters_and_loopback_can_be_changed() -> None:
    options = parse(["--no-loopback", "--parameter", "RetentionDays=1", "--parameter", "CorsAllowOrigin=http://a=b"])
    assert options.loopback is False
    assert options.parameters == {"RetentionDays": "1", "CorsAllowOrigin": "http://a=b"}


def test_a_later_run_removes_the_folder_of_an_ended_run(tmp_path: Path) -> None:
    first = StateFolder(None, tmp_path)
    (first.mail / "0001.eml").touch()
    first.release()
    assert (first.mail / "0001.eml").exists()
    second = StateFolder(None, tmp_path)
    assert not first.path.exists()
    second.release()


def test_the_folder_of_a_running_service_is_preserved(tmp_path: Path) -> None:
    first, second = StateFolder(None, tmp_path), StateFolder(None, tmp_path)
    assert first.path.exists()
    assert first.path != second.path
    first.release()
    second.release()


def test_a_given_folder_is_used_and_preserved(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "mine", tmp_path)
    assert state.path == tmp_path / "mine"
    state.release()
    assert state.logs.is_dir()
    assert not state.temporary.exists()
