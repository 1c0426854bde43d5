"""Create .venv and install pinned packages into it, one line per step.

`make` runs it with the user's own Python: only the standard library, and nothing that an older Python cannot parse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

# The oldest version that the project supports; also in pyproject.toml.
OLDEST = (3, 11)
INTERRUPTED = 128 + signal.SIGINT
# A line of a terminal is redrawn this often, so that a long step is seen to work.
REDRAW_SECONDS = 1.0

VENV = ".venv"
PYTHON = os.path.join(VENV, "bin", "python")
# A newer pip takes half of the time. It has its own folder, because an interrupted update of Python's pip would leave none that works.
PIP_FOLDER = os.path.join(VENV, "pip")
# Most modules are never imported; the others are compiled by the first program that does.
OPTIONS = ["install", "--quiet", "--no-compile", "--disable-pip-version-check"]
NEWER_PIP = ["--upgrade", "--target", PIP_FOLDER, "--require-hashes", "-r", "tools/install/requirements.txt"]
PIP = [PYTHON, os.path.join(PIP_FOLDER, "pip"), *OPTIONS]
# The layer's packages are installed by a command of their own, as `sam build` does it: what they need must be in their file.
STEPS = {
    "service": [
        ("Creating .venv", [sys.executable, "-m", "venv", VENV]),
        ("Installing a newer pip", [PYTHON, "-m", "pip", *OPTIONS, *NEWER_PIP]),
        ("Installing the packages that run on Lambda", [*PIP, "--require-hashes", "-r", "layers/dependencies/requirements.txt"]),
        ("Installing the local service and its simulator", [*PIP, "--require-hashes", "-r", "local/requirements.txt"]),
        ("Installing what the client needs", [*PIP, "--require-hashes", "-r", "client/requirements.txt"]),
        ("Linking this folder into .venv", [*PIP, "--no-deps", "--no-build-isolation", "-e", "."]),
    ],
    "tests": [
        ("Installing the linters and test tools", [*PIP, "--require-hashes", "-r", "tests/requirements.txt"]),
    ],
}
CONTENTS = {"service": "the pinned packages of the service", "tests": "the linters and test tools"}
LENGTH = {"service": "a minute or two", "tests": "another minute or two"}


class StepFailed(Exception):
    """A command of a step failed; the message is the end of what it said."""


def main(argv: list[str]) -> int:
    """Install one group; exit status 1: a step failed, 130: Ctrl-C."""
    if sys.version_info < OLDEST:
        wanted = ".".join(str(number) for number in OLDEST)
        write(f"ClipRelay needs Python {wanted} or newer: make PYTHON=/path/to/python3\n")
        return 1
    group = argv[0]
    steps = STEPS[group]
    write(f"Installing {CONTENTS[group]} into {VENV}, once; this takes {LENGTH[group]}.\n")
    for number, (purpose, command) in enumerate(steps, start=1):
        try:
            seconds = run(f"  {number}/{len(steps)}  {purpose}", command)
        except KeyboardInterrupt:
            write("\nStopped; the same command continues the installation.\n")
            return INTERRUPTED
        except StepFailed as failure:
            write(f"\n{failure}\n\nThis step failed. Once its cause is fixed, the same command continues the installation.\n")
            return 1
        write(f" ({seconds:.0f} s)\n")
    return 0


def run(line: str, command: list[str]) -> float:
    """Run a command and return its seconds; a terminal shows them as they pass."""
    began, done = time.monotonic(), threading.Event()
    write(line)
    # A process group of its own: Ctrl-C reaches only this program, which then ends the command.
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    if sys.stdout.isatty():
        threading.Thread(target=redraw, args=(line, began, done), daemon=True).start()
    try:
        said = process.communicate()[0]
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise
    finally:
        done.set()
    if process.returncode:
        raise StepFailed(said.strip() or f"exit status {process.returncode}")
    if sys.stdout.isatty():
        write(f"\r\033[K{line}")  # erase the seconds that were shown
    return time.monotonic() - began


def redraw(line: str, began: float, done: threading.Event) -> None:
    """Show the seconds of the current step until it is done."""
    while not done.wait(REDRAW_SECONDS):
        write(f"\r{line} … {time.monotonic() - began:.0f} s")


def write(text: str) -> None:
    """Write text at once."""
    sys.stdout.write(text)
    sys.stdout.flush()
