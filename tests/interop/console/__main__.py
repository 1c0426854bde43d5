"""`python -m tests.interop.console`: a real browser uses the console of a local service; exit 1 if anything is wrong.

Needs Node.js with npm and Chromium. npm's packages are installed into a temporary folder; `--modules DIR` takes a folder that has them.
`--pictures DIR` writes pictures of the pages there.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from local.demo.draw_lighthouse import PICTURE
from local.demo.service_process import Service, running_service

HERE = Path(__file__).resolve().parent
SCRIPTS = ("package.json", *(path.name for path in sorted(HERE.glob("*.mjs"))))
# A video takes some fifteen seconds: long enough to stop the service meanwhile.
TIME_SCALE = "0.1"


class Restarts:
    """A service that the script may stop and start again, at the same address and with the same data."""

    def __init__(self, folder: Path, base_path: str) -> None:
        self._folder, self._stack = folder, ExitStack()
        self._flags = ("--port", str(_free_port()), "--time-scale", TIME_SCALE, "--base-path", base_path)

    def start(self) -> Service:
        """Start the service."""
        return self._stack.enter_context(running_service(self._folder, *self._flags, ephemeral=False))

    def stop(self) -> None:
        """Stop the service, if it runs."""
        self._stack.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def install(folder: Path, modules: Path | None) -> str:
    """Put the scripts and npm's packages into a folder, and return the path of Node.js; raises SystemExit if something is missing."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise SystemExit("console-check needs Node.js with npm on the PATH")
    for name in SCRIPTS:
        shutil.copy(HERE / name, folder / name)
    if modules:
        (folder / "node_modules").symlink_to(modules.absolute())
    else:
        subprocess.run([npm, "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)  # noqa: S603
    return node


def browser() -> str:
    """Return the path of Chromium; raises SystemExit if there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    if found is None:
        raise SystemExit("console-check needs Chromium, such as Debian's package chromium")
    return found


def serve(script: "subprocess.Popen[str]", service: Restarts) -> int:
    """Do what the script asks for in lines that begin with @, print all others, and return its exit status."""
    assert script.stdin
    assert script.stdout
    for line in script.stdout:
        if line.strip() not in ("@stop", "@start"):
            sys.stdout.write(line)
            sys.stdout.flush()
            continue
        (service.stop if line.strip() == "@stop" else service.start)()
        script.stdin.write("done\n")
        script.stdin.flush()
    return script.wait()


def _limit(ready: Path) -> None:
    """Give the service's tenant a budget, which the page then shows."""
    command = [sys.executable, "-m", "operate", "--local", str(ready), "budgets", "set", "--tenant", "local", "--month", "300"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command


def main() -> int:
    """Start the service and the script."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.console")
    parser.add_argument("--modules", type=Path)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--base-path", default="/clips")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="console-check-") as name:
        folder = Path(name)
        node, chromium = install(folder, options.modules), browser()
        service = Restarts(folder, options.base_path)
        try:
            ready = service.start()
            _limit(folder / "ready.json")
            given = {"console": f"{ready.api}/console", "api": ready.api, "key": ready.key, "browser": chromium, "picture": str(PICTURE)}
            given |= {"pictures": str(options.pictures.absolute()) if options.pictures else "", "folder": name}
            script = subprocess.Popen(  # noqa: S603
                [node, "check.mjs"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env={**os.environ, "CONSOLE_CHECK": json.dumps(given)},
            )  # fmt: skip
            return serve(script, service)
        finally:
            service.stop()


if __name__ == "__main__":
    sys.exit(main())
