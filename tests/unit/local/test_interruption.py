"""Ctrl-C ends a command with one sentence and status 130, whatever it is doing."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.demo import command as demo
from tests.support.paths import ROOT

LOADING = "import os, signal; from local.interruption import end_at_once; end_at_once(); os.kill(os.getpid(), signal.SIGINT)"
IGNORED = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {LOADING}; print('goes on')"
WAITING = "from local.interruption import Stopping; s = Stopping(); print('ready', flush=True); raise SystemExit(s.wait())"
# The stop waits for a line, so that it lasts as long as a test wants.
STOPPING = """
import sys
from local.interruption import Stopping
stopping = Stopping()
print("ready", flush=True)
status = stopping.wait()
def say(text):
    print(text, flush=True)
say("Stopping")
stopping.run(sys.stdin.readline, lambda: "the state folder", say)
say("Stopped")
raise SystemExit(status)
"""
# With a lock that the handler needs, the process would hang; faulthandler then ends it.
INTERRUPTED_EVERYWHERE = """
import faulthandler, signal, sys
from local.interruption import Stopping
faulthandler.dump_traceback_later(60, exit=True)
def interrupting(number):
    lines = iter(range(1, number + 1))
    def trace(frame, event, argument):
        if event == "line" and next(lines, None) == number:
            signal.raise_signal(signal.SIGTERM)
        return trace
    return trace
for number in range(1, 9):
    stopping = Stopping()
    sys.settrace(interrupting(number))
    stopping.wait()
    sys.settrace(None)
print("done")
"""


def run(code: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=_heed_interrupts)  # noqa: S603


def _heed_interrupts() -> None:
    """Undo what a script does for its background, in which these tests may run."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


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


def test_a_signal_ends_the_wait_even_if_it_arrives_while_the_wait_holds_its_locks() -> None:
    """Every line of the wait is interrupted once, as a signal interrupts it."""
    assert run(INTERRUPTED_EVERYWHERE).stdout == "done\n"


@contextmanager
def stopping() -> Iterator["subprocess.Popen[str]"]:
    """A process whose stop has begun with Ctrl-C and goes on until it gets a line."""
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", STOPPING], cwd=ROOT, text=True, **pipes) as process:  # noqa: S603
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "Stopping\n"
        yield process


def test_a_stop_that_takes_long_says_what_it_waits_for_and_then_ends() -> None:
    with stopping() as process:
        said = process.stdout.readline()
        assert said == "Still stopping: the state folder. Press Ctrl-C again to end at once; what was answered is stored.\n"
        output, _ = process.communicate("\n")
        assert (output, process.returncode) == ("Stopped\n", 130)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_second_signal_ends_a_stop_at_once(number: signal.Signals, status: int) -> None:
    with stopping() as process:
        process.send_signal(number)
        assert process.wait() == status


def test_an_interrupt_of_the_demo_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(**settings: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tempfile.TemporaryDirectory", interrupt)
    assert demo.main([]) == 130
    assert capsys.readouterr().err == "\nStopped.\n"
