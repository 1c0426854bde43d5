"""`python -m local serve`: start the service and stop it on a signal."""

import contextlib
import os
import sys
from dataclasses import asdict
from pathlib import Path

from local.interruption import Stopping
from local.serve.options import parse
from local.serve.ready_file import ReadyFileInUse, ReadyFileOwner
from local.serve.service import ReadyFile, Service, ServiceError
from local.stack.template import TemplateError


def main(argv: list[str]) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP; exit status 1: could not start, 2: invalid command line, 130: Ctrl-C."""
    options = parse(argv)
    service = Service(options, print_line)
    try:
        ready_file = ReadyFileOwner(options.ready_file) if options.ready_file else None
        ready = service.start()
    except (ServiceError, TemplateError, OSError) as error:
        print(f"python -m local serve: {error}", file=sys.stderr)
        return 1
    # Only now: until here a signal ends the process at once, and the functions with it.
    stopping = Stopping()
    try:
        print_line(_banner(ready, service.env_file))
        if ready_file:
            ready_file.write(asdict(ready))
        status = stopping.wait()
    except ReadyFileInUse as error:
        print(f"python -m local serve: {error}", file=sys.stderr)
        return 1
    finally:
        if ready_file:
            ready_file.remove()
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
