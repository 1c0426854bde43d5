"""Ctrl-C ends a command with one sentence and status 130, whatever it is doing."""

import signal
import subprocess
import sys
from typing import Any

import pytest

from local.demo import command as demo
from tests.support.paths import ROOT

LOADING = "import os, signal; from local.interruption import end_at_once; end_at_once(); os.kill(os.getpid(), signal.SIGINT)"
IGNORED = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {LOADING}; print('goes on')"
WAITING = "from local.interruption import Stopping; s = Stopping(); print('ready', flush=True); raise SystemExit(s.wait())"


def run(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603


def test_an_interrupt_while_modules_are_loaded_is_one_sentence() -> None:
    done = run(LOADING)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "\nStopped.\n")


def test_an_interrupt_that_the_shell_ignores_stays_ignored() -> None:
    assert run(IGNORED).stdout == "goes on\n"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)])
def test_a_server_ends_on_a_signal_with_the_status_of_its_kind(number: signal.Signals, status: int) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITING], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout
        process.stdout.readline()
        process.send_signal(number)
        assert process.wait() == status


def test_an_interrupt_of_the_demo_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(**settings: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tempfile.TemporaryDirectory", interrupt)
    assert demo.main([]) == 130
    assert capsys.readouterr().err == "\nStopped.\n"
