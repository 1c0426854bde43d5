"""`python -m tests.interop.schemathesis --examples 20`: schemathesis from PyPI against a local service with two tenants.

Exit 1 when it finds anything. `--schemathesis PATH` takes one that is installed already, `--ready FILE` a service that runs already.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.simulator.service import Simulator
from tests.support.paths import ROOT

HERE = Path(__file__).resolve().parent
# Sweeps run every six seconds, and videos end during the run.
TIME_SCALE = 0.02


def parse(name: str = "tests.interop.schemathesis") -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}")
    parser.add_argument("--examples", type=int, default=20, help="generated requests per operation, phase and mode")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    parser.add_argument("--schemathesis", type=Path)
    parser.add_argument("--ready", type=Path)
    parser.add_argument("--report", type=Path, help="an NDJSON file of every request and answer")
    return parser.parse_args()


def install(folder: Path) -> Path:
    """Install schemathesis in a folder."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(HERE / "requirements.txt")], check=True)  # noqa: S603
    return python.with_name("schemathesis")


@contextmanager
def service(folder: Path) -> Iterator[Path]:
    """Run a service with a simulator of cheap videos; yield its ready file."""
    ready = folder / "ready.json"
    simulator = Simulator(time_scale=TIME_SCALE, cheap=True, rate_limit=0)
    simulator.start()
    command = [sys.executable, "-m", "local", "serve", "--ephemeral", "--time-scale", str(TIME_SCALE), "--port", "0"]
    command += ["--upstream-url", simulator.url, "--upstream-key", simulator.key]
    command += ["--ready-file", str(ready), "--state-dir", str(folder / "state")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise SystemExit(f"the service ended with status {process.returncode}")
            time.sleep(0.1)
        yield ready
    finally:
        process.terminate()
        process.wait()
        simulator.stop()


def keys_file(folder: Path, ready: Path) -> Path:
    """Write both tenants' keys in the format of Web Fuzzing Commons; create the second tenant."""
    command = [sys.executable, "-m", "operate", "keys", "create", "--tenant", "other", "--local", str(ready)]
    other = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
    keys = {"acme": json.loads(ready.read_text())["api_key"], "other": other}
    auth = [{"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {key}"}]} for name, key in keys.items()]
    (folder / "keys.json").write_text(json.dumps({"auth": auth}))
    return folder / "keys.json"


def run(options: argparse.Namespace, folder: Path, ready: Path) -> int:
    """Run schemathesis and return its exit status."""
    tool = options.schemathesis or install(folder)
    return fuzz(tool, json.loads(ready.read_text())["api"] + "/openapi.json", options, folder, keys_file(folder, ready))


def fuzz(tool: Path, document: str, options: argparse.Namespace, folder: Path, keys: Path, without: Sequence[str] = ()) -> int:
    """Run schemathesis over the document at a URL, with every check but those `without`; return its exit status."""
    command = [str(tool), "--config-file", str(HERE / "schemathesis.toml"), "run", document]
    command += ["--checks", "all", "--max-examples", str(options.examples), "--seed", str(options.seed), "--phases", options.phases]
    command += ["--exclude-checks", ",".join(without)] if without else []
    # How fast requests are generated says something of this machine alone.
    command += ["--suppress-health-check", "too_slow"]
    if options.report:
        command += ["--report", "ndjson", "--report-ndjson-path", str(options.report.resolve())]
    environment = {"KEYS_FILE": str(keys), "SCHEMATHESIS_HOOKS": "formats", "PYTHONPATH": str(HERE)}
    return subprocess.run(command, cwd=folder, check=False, env={**os.environ, **environment}).returncode  # noqa: S603


def main() -> int:
    """Start a service, unless one is given, and test it."""
    options = parse()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        if options.ready:
            return run(options, folder, options.ready.resolve())
        with service(folder) as ready:
            return run(options, folder, ready)


if __name__ == "__main__":
    sys.exit(main())
