"""Environments of their own for MiniStack and for the SAM CLI, installed once from PyPI."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.support.paths import ROOT

HERE = Path(__file__).resolve().parent
FOLDER = ROOT / ".local" / "cloud-check"
# What the template's functions run on.
PYTHON = "python3.13"


def installed(name: str, say: Callable[[str], None]) -> Path:
    """Return the folder of programs of an environment; install it if it is not what its requirements say."""
    requirements, folder = HERE / f"{name}.txt", FOLDER / name
    programs, stamp = folder / "bin", folder / "installed.txt"
    if stamp.exists() and stamp.read_text() == requirements.read_text():
        return programs
    say(f"installing {name} into {folder.relative_to(ROOT)}")
    # MiniStack runs the functions with its own Python, and their wheels are made for this one.
    subprocess.run([require_python(), "-m", "venv", "--clear", str(folder)], check=True)  # noqa: S603
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(requirements)], check=True)  # noqa: S603
    # Written last, so that an interrupted installation is repeated.
    stamp.write_text(requirements.read_text())
    return programs


def require_python() -> str:
    """Return the name of Python 3.13 on the PATH; raise SystemExit if there is none that starts."""
    try:
        subprocess.run([PYTHON, "--version"], check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        raise SystemExit(f'{PYTHON} must be on the PATH; see docs/deploy.md, "What you need"') from None
    return PYTHON


def build(sam: str, folder: Path, say: Callable[[str], None]) -> Path:
    """Run `sam build` of template.yaml into a folder and return the built template."""
    require_python()
    say("sam build")
    run_sam([sam, "build", "--build-dir", str(folder / "build"), "--cache-dir", str(folder / "cache")])
    return folder / "build" / "template.yaml"


def run_sam(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run one SAM command in the repository; raise SystemExit with the end of its output if it fails."""
    env = {**os.environ, "SAM_CLI_TELEMETRY": "0", **(environment or {})}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:2])} failed:\n{what_failed(done.stdout + done.stderr)}")


def what_failed(output: str) -> str:
    """Return the end of what SAM printed, after the resources that could not be created, which a rollback pushes out of sight."""
    causes = re.findall(r"^CREATE_FAILED .*(?:\n .*)*", output, re.MULTILINE)
    return "\n".join([*causes, output[-4000:]])
