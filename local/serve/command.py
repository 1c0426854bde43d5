"""`python -m local serve`: start the service and stop it on a signal."""

import contextlib
import os
import sys
from dataclasses import asdict

from local.interruption import Stopping
from local.serve.memory import share_arenas
from local.serve.options import Options, parse
from local.serve.own_folder import OwnFolder
from local.serve.ready_file import ReadyFileOwner
from local.state.problems import one_line


def main(argv: list[str]) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP; exit status 1: could not start, 2: invalid command line, 130: Ctrl-C."""
    options = parse(argv)
    share_arenas()
    try:
        ready_file = ReadyFileOwner(options.ready_file) if options.ready_file else None
        folder = OwnFolder.lock(options, ready_file.remove_abandoned if ready_file else lambda: None)
    except OSError as error:
        return _failed(error)
    return _serve(options, folder, ready_file)


def _serve(options: Options, folder: OwnFolder, ready_file: ReadyFileOwner | None) -> int:
    # Only here: this loads moto and the template's tools, which takes seconds.
    from local.serve.banner import banner
    from local.serve.service import Service, ServiceError
    from local.stack.template import TemplateError

    service = Service(options, folder, print_line)
    try:
        ready = service.start()
    except (ServiceError, TemplateError, OSError) as error:
        return _failed(error)
    # Only now: until here a signal ends the process at once, and the functions with it.
    stopping = Stopping()
    try:
        print_line(banner(ready, service, folder))
        if ready_file:
            ready_file.write(asdict(ready))
        status = stopping.wait()
        print_line("Stopping…")
    except OSError as error:  # the ready file belongs to another service by now, or its disk is full
        status = _failed(error)
    finally:
        if ready_file:
            ready_file.remove()
        stopping.run(service.stop, lambda: service.stopping, print_line)
    print_line("Stopped.")
    _exit_now(status)
    return status


def _failed(error: Exception) -> int:
    print(f"python -m local serve: {one_line(error) if isinstance(error, OSError) else error}", file=sys.stderr)
    return 1


def _exit_now(status: int) -> None:
    """Exit without tearing down the interpreter, which can hang on remaining threads of moto and open connections."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def print_line(text: str) -> None:
    """Print a line immediately, ignoring a closed pipe."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)
