"""`make client-check`: the installed client against a local service, with kills, cut connections, wrong keys and an MCP library.

Exit 1 if anything fails. `--kills 10` for fewer kills; `--without-mcp` needs no network.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.demo.draw_lighthouse import PICTURE
from tests.client_check.terminal import in_terminal
from tests.support.paths import ROOT

HERE = Path(__file__).resolve().parent
TIME_SCALE = 0.05
COMMAND = [sys.executable, "-m", "cliprelay_client"]
CHEAP = ["--duration", "4", "--resolution", "480p", "--no-audio"]
ROWS = 100
# The eight lines of the client's README, with cheaper settings, and what the check reads.
(README,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "client/README.md").read_text(), re.DOTALL | re.MULTILINE)
FIVE = README.replace('key="content"', 'key="content", duration=4, resolution="480p", generate_audio=False')
FIVE += "print([video.id for video in videos])\n"


@dataclass
class Place:
    """A running service, a folder to work in, and the environment of the command."""

    folder: Path
    ready: dict[str, Any]
    process: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        own = {"CLIPRELAY_BASE_URL": self.ready["api"], "CLIPRELAY_API_KEY": self.ready["api_key"]}
        return {
            **os.environ,
            **own,
            "CLIPRELAY_STATE_DIR": str(self.folder / "state"),
            "CLIPRELAY_CONFIG": str(self.folder / "config.json"),
        }

    def paid(self) -> int:
        with urllib.request.urlopen(f"{self.ready['simulator']}/_ledger") as answer:  # noqa: S310 - the simulator's own address
            return len(json.load(answer)["entries"])

    def run(self, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, **more}
        command = [*COMMAND, *map(str, words)]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


@contextmanager
def place(port: int = 0, tree: Path = ROOT) -> Iterator[Place]:
    """Run a service of its own, with the code of a tree of files."""
    with tempfile.TemporaryDirectory(prefix="client-check-") as name:
        folder = Path(name)
        command = [sys.executable, "-m", "local", "serve", "--ephemeral", "--time-scale", str(TIME_SCALE), "--port", str(port)]
        command += ["--ready-file", str(folder / "ready.json"), "--state-dir", str(folder / "service")]
        command += ["--template", str(tree / "template.yaml")]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
        try:
            while not (folder / "ready.json").exists():
                if process.poll() is not None:
                    raise SystemExit(f"the service ended with status {process.returncode}")
                time.sleep(0.1)
            yield Place(folder, json.loads((folder / "ready.json").read_text()), process)
        finally:
            process.terminate()
            process.wait()


def expect(what: str, found: object, wanted: object) -> None:
    """Print a fact; end the check if it is another one."""
    print(f"  {'ok' if found == wanted else 'NOT'}  {what}: {found}", flush=True)
    if found != wanted:
        raise SystemExit(f"{what}: {found}, not {wanted}")


def five_pictures(here: Place) -> None:
    """Five pictures become five videos in eight lines, twice, and are paid once."""
    (here.folder / "pictures").mkdir()
    for number in range(5):
        (here.folder / f"pictures/{number} \N{WATER WAVE}.png").write_bytes(PICTURE.read_bytes() + bytes([number]))
    before, said = here.paid(), []
    for _ in range(2):
        command = [sys.executable, "-c", FIVE]
        done = subprocess.run(command, cwd=here.folder, env=here.environment, capture_output=True, text=True, check=False)  # noqa: S603
        expect("exit status of eight lines of Python", (done.returncode, done.stderr), (0, ""))
        said.append(done.stdout)
    expect("the same ids twice", said[0] == said[1], True)
    expect("paid for five pictures, twice", here.paid() - before, 5)


def bad_input(here: Place) -> None:
    """Each mistake is one sentence with its exit code."""
    before = here.paid()
    cases: list[tuple[int, dict[str, str], list[object]]] = [
        (3, {"CLIPRELAY_API_KEY": "clr_wrong"}, ["make", PICTURE, "sea", "--yes"]),
        (6, {"CLIPRELAY_BASE_URL": "http://127.0.0.1:9"}, ["make", PICTURE, "sea", "--yes"]),
        (2, {"CLIPRELAY_BASE_URL": "127.0.0.1"}, ["list"]),
        (2, {}, ["make", "gone.png", "sea", "--yes"]),
        (2, {}, ["make", ROOT / "README.md", "sea", "--yes"]),
        (3, {}, ["make", PICTURE, "sea", "--duration", "99", "--yes"]),
        (3, {}, ["make", PICTURE, "sea", "--max-usd", "0.01"]),
        (3, {}, ["get", "vid_01M81CAQDM5W2E3ZK8E9F466RS"]),
    ]
    for code, environment, words in cases:
        done = here.run(*words, **environment)
        expect(f"{words[0]} {Path(str(words[-1])).name}: {done.stderr.strip()[:90]}", (done.returncode, done.stderr.count("\n")), (code, 1))
    expect("paid for mistakes", here.paid() - before, 0)


def interrupted(here: Place) -> None:
    """Ctrl-C in a terminal, and the command that it names goes on."""
    before = here.paid()
    words = [*COMMAND, "make", str(PICTURE), "Ctrl-C", *CHEAP, "--yes", "-o", "stopped.mp4"]
    code, seen = in_terminal(words, here.folder, here.environment, interrupt_at="Ordered")
    expect("exit code of Ctrl-C", code, 130)
    going_on = seen.rpartition("Go on with: cliprelay ")[2].split()
    done = here.run(*going_on)
    expect(f"cliprelay {' '.join(going_on)}", (done.returncode, done.stdout), (0, "stopped.mp4\n"))
    expect("paid", here.paid() - before, 1)


def killed(here: Place, kills: int, seed: int) -> None:
    """Kill a batch of 100 at random moments; the ledger has 100 in the end."""
    rows = [{"image": str(PICTURE), "prompt": f"Wave {number}.", "name": f"wave {number}"} for number in range(ROWS)]
    (here.folder / "clips.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    command = [*COMMAND, "batch", "clips.jsonl", *CHEAP, "--yes"]
    before, chance, ended = here.paid(), random.Random(seed), 0  # noqa: S311 - no secret
    for _ in range(kills):
        process = subprocess.Popen(command, cwd=here.folder, env=here.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        try:
            process.wait(chance.uniform(0.3, 4.0))
            ended += 1
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if chance.random() < 0.3:
            shutil.rmtree(here.folder / "state/batches", ignore_errors=True)
    done = subprocess.run(command, cwd=here.folder, env=here.environment, capture_output=True, text=True, check=False)  # noqa: S603
    expect(f"exit code after {kills - ended} kills, of which some took the notes, too", done.returncode, 0)
    expect("videos", len(list((here.folder / "clips-videos").glob("*.mp4"))), ROWS)
    expect("half-written files", len(list((here.folder / "clips-videos").glob(".*"))), 0)
    expect("paid", here.paid() - before, ROWS)


def agents(here: Place) -> None:
    """A public MCP client drives a video through the installed package."""
    venv.create(here.folder / "venv", with_pip=True)
    python = str(here.folder / "venv/bin/python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"{ROOT / 'client'}[mcp]"], check=True)  # noqa: S603
    before = here.paid()
    command = [python, str(HERE / "agent.py"), str(here.folder / "venv/bin/cliprelay"), str(PICTURE)]
    done = subprocess.run(command, cwd=here.folder, env=here.environment, capture_output=True, text=True, check=False)  # noqa: S603
    print(done.stdout, done.stderr[-2000:], sep="", end="", flush=True)
    expect("exit code of the agent", done.returncode, 0)
    expect("paid for an agent that repeats its call after a cut connection", here.paid() - before, 1)


def main() -> None:
    """Run all checks."""
    parser = argparse.ArgumentParser(prog="python -m tests.client_check")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--without-mcp", action="store_true")
    options = parser.parse_args()
    with place(options.port) as here:
        five_pictures(here)
        bad_input(here)
        interrupted(here)
        if not options.without_mcp:
            agents(here)
        killed(here, options.kills, options.seed)


if __name__ == "__main__":
    main()
