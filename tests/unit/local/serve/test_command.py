"""`python -m local serve`: its options, errors and state folder."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from local import __main__ as entry_point
from local.serve.command import main
from local.serve.options import parse
from local.stack.template import TemplateError
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


@pytest.mark.parametrize("module", ["local.__main__", "local.serve.command"])
def test_the_entry_point_imports_only_the_selected_command_and_that_nothing_heavy_before_its_folder_is_locked(module: str) -> None:
    code = f"import sys, {module}; sys.exit(any(name in sys.modules for name in ('moto', 'boto3', 'av', 'samtranslator')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0  # noqa: S603


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--port", "eighty"], "not a port"),
        (["--port", "70000"], "not a port"),
        (["--port", "-1"], "not a port"),
        (["--time-scale", "0"], "not a positive number"),
        (["--tables", "redis"], "choose from"),
        (["--tables", "moto"], "must be used with --ephemeral"),
        (["--time-scale", "nan"], "not a positive number"),
        (["--time-scale", "inf"], "not a positive number"),
        (["--upstream-url", "http://x"], "used together"),
        (["--upstream-key", "k"], "used together"),
        (["--upstream-url", "http://", "--upstream-key", "k"], "no valid host and port"),
        (["--upstream-url", "http://x:70000", "--upstream-key", "k"], "no valid host and port"),
        (["--upstream-url", "http://x:port", "--upstream-key", "k"], "no valid host and port"),
        (["--state-dir", ""], "the name of the folder is empty; is a variable unset?"),
        (["--upstream-url", "x", "--upstream-key", "k"], "http://"),
        (["--ready-file", "/no/such/folder/ready.json"], "does not exist"),
        (["--parameter", "Name"], "NAME=VALUE"),
        (["--base-path", "clips"], "not a path such as /clips"),
        (["--base-path", "/clips/"], "not a path such as /clips"),
        (["--base-path", "/a b"], "not a path such as /clips"),
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
    assert options.ephemeral is False
    assert options.console is True


def test_parameters_and_loopback_can_be_changed() -> None:
    options = parse(["--no-loopback", "--parameter", "RetentionDays=1", "--parameter", "CorsAllowOrigin=http://a=b"])
    assert options.loopback is False
    assert options.parameters == {"RetentionDays": "1", "CorsAllowOrigin": "http://a=b"}


def test_a_later_run_removes_the_folder_of_an_ended_run(tmp_path: Path) -> None:
    first = StateFolder(None, tmp_path, ephemeral=True)
    (first.mail / "0001.eml").touch()
    first.release()
    assert (first.mail / "0001.eml").exists()
    second = StateFolder(None, tmp_path, ephemeral=True)
    assert not first.path.exists()
    second.release()


def test_the_folder_of_a_running_service_is_preserved(tmp_path: Path) -> None:
    first, second = (StateFolder(None, tmp_path, ephemeral=True) for _ in range(2))
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


@pytest.mark.parametrize("free", [1_000, 1_000_000_000])
def test_a_start_that_fails_on_a_full_disk_says_so(
    free: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*given: object) -> None:
        raise TemplateError("Queue cannot be created: InternalFailure")

    monkeypatch.setattr("local.serve.service.create_stack", refuse)
    monkeypatch.setattr("local.state.problems.shutil.disk_usage", lambda path: SimpleNamespace(free=free))
    assert main(["--port", "0", "--state-dir", str(tmp_path / "state"), "--upstream-url", "https://a.example", "--upstream-key", "k"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert ("there is no space left for the state folder" in said) is (free == 1_000)
