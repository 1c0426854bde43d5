"""`make client-compare`: our client next to three public ones: what it installs, how long its import takes, and how often it asks.

Packages come from PyPI, each client into an environment of its own. Import times are CPU time of whole processes, less that of an empty
one; the clients take turns, so that whatever else the machine does meets all of them. Exit 1: another client asks less often than ours.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.interop.client_compare.running_server import running_server
from tests.support.paths import ROOT

HERE = Path(__file__).resolve().parent
# Name of the distribution -> what a program imports first, and the documented waits of minute.py.
CLIENTS = {
    "cliprelay-client": ("from cliprelay_client import Client", {"ours": "`videos.wait_many(ids)`", "ours_singly": "`video.wait()`"}),
    "replicate": ("from replicate import Client", {"replicate": "`prediction.wait()`"}),
    "fal-client": ("from fal_client import SyncClient", {"fal": "`subscribe()`, `handle.get()`"}),
    "openai": ("from openai import OpenAI", {"openai": "`videos.create_and_poll()`"}),
}


@dataclass
class Measured:
    """One client: its version, its size in bytes with all that it needs, and the CPU seconds of its import."""

    python: Path
    version: str
    packages: int
    size: int
    import_seconds: float = 0.0


def main() -> int:
    """Install, measure, and print two tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.client_compare")
    parser.add_argument("--videos", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=15, help="imports of each client")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="client-compare-") as name:
        found = {client: _installed(Path(name) / client, client) for client in CLIENTS}
        _time_imports(found, options.rounds)
        sys.stdout.write(f"{_sizes(found)}\n\n")
        asked = {wait: _asked(found[client].python, wait, options.videos) for client, (_, waits) in CLIENTS.items() for wait in waits}
    sys.stdout.write(f"{_requests(asked, options.videos)}\n")
    return 1 if min(asked, key=lambda wait: asked[wait]) != "ours" else 0


def _installed(folder: Path, client: str) -> Measured:
    """Install a client with what it needs, and nothing else."""
    venv.create(folder, with_pip=False)
    python = folder / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*pip, _wanted(client)], check=True)  # noqa: S603
    packages = python.parents[1] / f"lib/python3.{sys.version_info.minor}/site-packages"
    version = next(packages.glob(f"{client.replace('-', '_')}-*.dist-info")).name.removesuffix(".dist-info").rpartition("-")[2]
    size = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file())
    return Measured(python, version, len(list(packages.glob("*.dist-info"))), size)


def _wanted(client: str) -> str:
    """Return the pinned version, or our own folder."""
    pinned = (line for line in (HERE / "requirements.txt").read_text().splitlines() if line.startswith(f"{client}=="))
    return next(pinned, str(ROOT / "client"))


def _time_imports(found: dict[str, Measured], rounds: int) -> None:
    seconds: dict[str, list[float]] = {client: [] for client in found}
    for number in range(rounds + 1):
        for client, measured in found.items():
            taken = _cpu(measured.python, CLIENTS[client][0]) - _cpu(measured.python, "pass")
            if number:  # the first import compiles
                seconds[client].append(taken)
    for client, measured in found.items():
        measured.import_seconds = statistics.median(seconds[client])


def _cpu(python: Path, code: str) -> float:
    """Return the CPU seconds of a process."""
    process = os.posix_spawn(python, [str(python), "-I", "-c", code], os.environ)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{python} cannot run: {code}")
    return usage.ru_utime + usage.ru_stime


def _asked(python: Path, wait: str, videos: int) -> int:
    """Count the requests of one client in a minute of its clock."""
    with running_server() as server:
        subprocess.run([str(python), str(HERE / "minute.py"), wait, server.address, str(videos)], check=True)  # noqa: S603
        return server.asked


def _sizes(found: dict[str, Measured]) -> str:
    ours = found["cliprelay-client"]
    rows = ["| client | packages | installed | times ours | import, CPU time | times ours |", "| --- | --- | --- | --- | --- | --- |"]
    for client, each in found.items():
        size, seconds = each.size / ours.size, each.import_seconds / ours.import_seconds
        facts = f"{each.packages} | {each.size / 1e6:.1f} MB | {size:.1f} | {each.import_seconds * 1000:.0f} ms | {seconds:.1f}"
        rows.append(f"| {client} {each.version} | {facts} |")
    return "\n".join(rows)


def _requests(asked: dict[str, int], videos: int) -> str:
    rows = [f"| client | wait for {videos} videos | requests in the first minute | times ours |", "| --- | --- | --- | --- |"]
    for client, (_, waits) in CLIENTS.items():
        rows += [f"| {client} | {shown} | {asked[wait]:,} | {asked[wait] / asked['ours']:,.0f} |" for wait, shown in waits.items()]
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
