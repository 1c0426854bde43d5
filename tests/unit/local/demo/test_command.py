"""The paid demo asks first; only a yes at a terminal pays."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.demo.command import main
from local.demo.service_process import Service


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*words: object, **settings: object) -> None:
        pytest.fail("the service was started")

    monkeypatch.setenv("UPSTREAM_API_KEY", "any")
    monkeypatch.setattr("local.demo.command.running_service", start)


@pytest.mark.parametrize("answer", ["n\n", "no\n", "\n", ""])
def test_a_no_sends_nothing_and_is_no_failure(answer: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert main(["--real"]) == 0
    said = capsys.readouterr()
    assert said.out.endswith("Nothing was sent.\n")
    assert said.err == ""


def test_a_script_cannot_confirm_the_payment(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert main(["--real"]) == 1
    assert "a terminal; nothing was sent" in capsys.readouterr().err


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("UPSTREAM_API_KEY")
    assert main(["--real"]) == 1
    assert "set UPSTREAM_API_KEY" in capsys.readouterr().err


def test_what_was_paid_is_kept_when_the_demo_ends_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[tuple[Path, bool]] = []

    @contextmanager
    def start(folder: Path, *flags: str, secrets: dict[str, str], ephemeral: bool) -> Iterator[None]:
        started.append((folder, ephemeral))
        yield

    def interrupt(service: object, *, real: bool) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    monkeypatch.setattr("local.demo.command.REAL_FOLDER", tmp_path / "demo-real")
    monkeypatch.setattr("local.demo.command.running_service", start)
    monkeypatch.setattr("local.demo.command._run_video", interrupt)
    assert main(["--real"]) == 130
    assert started == [(tmp_path / "demo-real", False)]
    assert "local serve --state-dir .local/demo-real/state --upstream-url https://api.myrouter.ai" in capsys.readouterr().err


@pytest.fixture
def simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the simulated demo make no video."""

    @contextmanager
    def start(folder: Path, *flags: str) -> Iterator[Service]:
        yield Service("http://127.0.0.1:1", "clr_any", tmp_path, None)

    monkeypatch.setattr("local.demo.command.running_service", start)
    monkeypatch.setattr("local.demo.command._run_video", lambda service, *, real: None)
    monkeypatch.setattr("local.demo.command._show_retries", lambda: None)


def _interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("stay", "status"), [("1", 130), ("0", 0), ("", 0)])
@pytest.mark.usefixtures("simulated")
def test_the_service_stays_until_ctrl_c_on_request(
    stay: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEMO_STAY", stay)
    monkeypatch.setattr("signal.pause", _interrupt)
    assert main([]) == status
    said = capsys.readouterr().out
    assert "http://127.0.0.1:1/console" in said
    assert ("clr_any" in said) is (status == 130)


def test_another_wish_to_stay_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEMO_STAY", "yes")
    assert main([]) == 1
    assert "DEMO_STAY is 'yes'; use 1" in capsys.readouterr().err
