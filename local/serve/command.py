"""`python -m local serve`: start the service and stop it on a signal."""

import contextlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from local.interruption import Stopping
from local.serve.options import parse
from local.serve.service import ReadyFile, Service, ServiceError
from local.stack.template import TemplateError


def main(argv: list[str]) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP; exit status 1: could not start, 2: invalid command line, 130: Ctrl-C."""
    options = parse(argv)
    if options.ready_file:
        options.ready_file.unlink(missing_ok=True)
    service = Service(options, print_line)
    try:
        ready = service.start()
    except (ServiceError, TemplateError, OSError) as error:
        print(f"python -m local serve: {error}", file=sys.stderr)
        return 1
    # Only now: until here a signal ends the process at once, and the functions with it.
    stopping = Stopping()
    try:
        print_line(_banner(ready, service.env_file))
        if options.ready_file:
            _write(options.ready_file, ready)
        status = stopping.wait()
    finally:
        if options.ready_file:
            _remove(options.ready_file)
        service.stop()
    print_line("Stopped.")
    _exit_now(status)
    return status


def _exit_now(status: int) -> None:
    """Exit without tearing down the interpreter, which can hang on remaining threads of moto and open connections."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def print_line(text: str) -> None:
    """Print a line immediately, ignoring a closed pipe."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


def _write(path: Path, ready: ReadyFile) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(asdict(ready), indent=2) + "\n", encoding="utf-8")
    os.replace(unfinished, path)


def _remove(path: Path) -> None:
    """Remove the ready file, unless a service that started later has replaced it."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        if json.loads(path.read_text(encoding="utf-8"))["pid"] == os.getpid():
            path.unlink()


def _banner(ready: ReadyFile, env_file: Path) -> str:
    key = ready.api_key or "(none)"
    return "\n".join(
        [
            "",
            f"  ClipRelay      {ready.api}",
            f"  API key        {key}",
            f"  documentation  {ready.api}/docs",
            f"  AWS endpoint   {ready.aws}  (region {ready.region}, any credentials)",
            f"  simulator      {ready.simulator or '(using a real upstream)'}",
            f"  e-mails        {ready.mail}",
            f"  logs           {ready.logs}",
            f"  sam --env-vars {env_file}",
            "",
            "  All data is in memory and is lost on exit. Press Ctrl-C to stop.",
            "",
            f"  curl -H 'Authorization: Bearer {key}' {ready.api}/v1/videos",
            "",
        ]
    )
