"""`python -m tests.interop.openapi_client`: a public generator makes a client of docs/reference/openapi.json; it makes and reads a video.

The generator is installed into a temporary folder; `--generator PATH` takes one that is installed already. Exit 1 if anything fails,
also a warning of the compiler about the generated code.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from local.demo.draw_lighthouse import PICTURE
from tests.interop.schemathesis.__main__ import service
from tests.support.paths import ROOT

HERE = Path(__file__).resolve().parent


def install(folder: Path) -> Path:
    """Install the generator in a folder."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(HERE / "requirements.txt")], check=True)  # noqa: S603
    return python.with_name("openapi-python-client")


def generate(tool: Path, folder: Path) -> None:
    """Generate the package `generated_client` in the folder."""
    command = [str(tool), "generate", "--path", str(ROOT / "docs/reference/openapi.json"), "--meta", "none"]
    # The generator formats its code with `ruff` from the PATH.
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    package = folder / "generated_client"
    subprocess.run([*command, "--output-path", str(package)], check=True, env=environment)  # noqa: S603
    files = [str(path) for path in package.rglob("*.py")]
    subprocess.run([sys.executable, "-W", "error", "-m", "py_compile", *files], check=True)  # noqa: S603


def main() -> int:
    """Generate the client, then order and read a video with it."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.openapi_client")
    parser.add_argument("--generator", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="generated-client-") as name:
        folder = Path(name)
        tool = (options.generator or install(folder)).absolute()
        generate(tool, folder)
        with service(folder) as ready_file:
            ready = json.loads(ready_file.read_text())
            command = [str(tool.with_name("python")), str(HERE / "journey.py"), ready["api"], ready["api_key"]]
            environment = {**os.environ, "PYTHONPATH": str(folder)}
            return subprocess.run([*command, str(PICTURE)], check=False, env=environment).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
