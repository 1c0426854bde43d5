"""`python -m local serve`: the command around the service."""

import contextlib
import json
import os
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from local.serve.options import parse
from local.serve.service import Ready, Service, ServiceError
from local.stack.template import TemplateError

# The kernel may hand a signal to any thread, but Python runs its handler only on this one, once that moves:
# a wait without an end would sleep through it.
LOOK_SECONDS = 0.2


def main(argv: list[str]) -> int:
    """Runs until SIGINT, SIGTERM or SIGHUP; 1 means that it could not start, 2 that the command line was wrong."""
    options = parse(argv)
    stopping = _on_signal()
    if options.ready_file:
        options.ready_file.unlink(missing_ok=True)
    service = Service(options, print_line)
    try:
        ready = service.start()
    except (ServiceError, TemplateError, OSError) as error:
        print(f"python -m local serve: {error}", file=sys.stderr)
        return 1
    try:
        print_line(_banner(ready, service.env_file))
        if options.ready_file:
            _write(options.ready_file, ready)
        while not stopping.wait(LOOK_SECONDS):
            pass
    finally:
        service.stop()
    print_line("Stopped.")
    _leave()
    return 0


def _leave() -> None:
    """Threads of moto and of open connections still stand around. To tear the interpreter down under them takes
    seconds and can hang for good; everything that has to be ended in order has been."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def print_line(text: str) -> None:
    """At once; and a closed pipe behind it must not disturb whoever speaks."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


def _on_signal() -> threading.Event:
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        # A second signal of the same kind ends the process the hard way.
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    return stopping


def _write(path: Path, ready: Ready) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(asdict(ready), indent=2) + "\n", encoding="utf-8")
    os.replace(unfinished, path)


def _banner(ready: Ready, env_file: Path) -> str:
    key = ready.api_key or "(none)"
    return "\n".join(
        [
            "",
            f"  ClipRelay      {ready.api}",
            f"  API key        {key}",
            f"  documentation  {ready.api}/docs",
            f"  AWS endpoint   {ready.aws}  (region {ready.region}, any credentials)",
            f"  simulator      {ready.simulator or '(a real upstream is used)'}",
            f"  e-mails        {ready.mail}",
            f"  logs           {ready.logs}",
            f"  sam --env-vars {env_file}",
            "",
            "  All data lives in memory and is gone when this stops. Ctrl-C stops it.",
            "",
            f"  curl -H 'Authorization: Bearer {key}' {ready.api}/v1/videos",
            "",
        ]
    )
