"""Terminals: a newcomer's, with a folder that looks like the repository and pasted blocks, and one whose keys a test presses."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.local_service import eventually
from tests.support.paths import ROOT

# The real interpreter; a server gets a free port, a folder of its own and a fast clock, because blocks name the usual ones.
PYTHON = """#!/bin/sh
case "$1 $2 $3" in
  "-m local serve") exec {python} "$@" --port 0 --ephemeral --state-dir state --time-scale 0.02 ;;
  "-m local receiver") exec {python} "$@" --port 0 ;;
esac
exec {python} "$@"
"""
# Keys of open orders stay in the newcomer's folder.
CLIPRELAY = """#!/bin/sh
export CLIPRELAY_STATE_DIR=state/client
exec {python} -m cliprelay_client "$@"
"""
# Generous: it only ends a block that waits for ever.
SECONDS = 180
# Of the repository; not its caches, and not what a run writes.
PARTS = (
    "Makefile",
    "client",
    "docs",
    "events",
    "functions",
    "layers",
    "local",
    "operate",
    "statemachine",
    "template.yaml",
    "tests",
    "tools",
)


@dataclass
class Server:
    """A block that runs until Ctrl-C, in a terminal of its own."""

    process: "subprocess.Popen[bytes]"
    output_file: Path

    @property
    def output(self) -> str:
        return self.output_file.read_text()

    def interrupt(self) -> int:
        """Press Ctrl-C; return the exit status."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(SECONDS)


@dataclass
class Terminals:
    """Pastes blocks in one folder."""

    folder: Path
    servers: list[Server] = field(default_factory=list)

    def __post_init__(self) -> None:
        for part in PARTS:
            (self.folder / part).symlink_to(ROOT / part)
        python = self.folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(PYTHON.format(python=sys.executable))
        python.chmod(0o755)
        command = python.with_name("cliprelay")
        command.write_text(CLIPRELAY.format(python=sys.executable))
        command.chmod(0o755)
        # What `make setup` would do is done.
        (self.folder / ".venv" / "installed").touch()

    def serve(self, block: str, is_ready: Callable[[str], bool]) -> Server:
        """Paste a block whose last command serves, and wait until its output says that it is ready."""
        output = self.folder / f"server-{len(self.servers)}.txt"
        with output.open("wb") as file:
            words = ["bash", "-e", "-c", block]
            # A session of its own, so that Ctrl-C reaches this terminal alone.
            process = subprocess.Popen(  # noqa: S603 - our own documents
                words, cwd=self.folder, env=environment(), stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
        server = Server(process, output)
        self.servers.append(server)
        eventually(lambda: is_ready(server.output) or process.poll() is not None)
        assert process.poll() is None, server.output
        return server

    def paste(self, blocks: list[str]) -> list[str]:
        """Paste blocks into one terminal, from top to bottom; return what each printed."""
        mark = "=== the next block ==="
        script = f"\necho; echo '{mark}'\n".join(blocks)
        words = ["bash", "-e"]
        done = subprocess.run(  # noqa: S603 - our own documents
            words, input=script, cwd=self.folder, env=environment(), capture_output=True, text=True, check=False, timeout=SECONDS
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout.split(mark)

    def close(self) -> None:
        for server in reversed(self.servers):
            server.interrupt()


def environment() -> dict[str, str]:
    """Return the environment without proxies, which could not reach this machine."""
    return {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}


class Keyboard:
    """A command in a pseudo-terminal of its own, whose keys reach all of its processes as a real one's do."""

    def __init__(self, command: list[str]) -> None:
        self._terminal, theirs = os.openpty()
        self.output = ""
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=ROOT,
            env=environment(),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while data := os.read(self._terminal, 4096):
                self.output += data.decode(errors="replace").replace("\r\n", "\n")
        except OSError:
            pass  # Linux answers so once no process has the terminal open

    def press_ctrl_c(self) -> None:
        os.write(self._terminal, b"\x03")

    def wait(self) -> int:
        """Wait for the end of the command and of its output; return the exit status."""
        status = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        return status


def _take_terminal() -> None:
    """Make the terminal of the new session the one whose keys become signals."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # A script's background ignores it, and so would the command.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
