"""`python -m tests.interop.schemathesis.faces --examples 50`: schemathesis over the document of every foreign API that serves one.

Exit 1 when it finds anything, and also when a face has no document. The options are those of `python -m tests.interop.schemathesis`.
"""

import json
import sys
import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, get_args

import requests

from cliprelay.orders.origin import FaceName
from tests.interop.schemathesis.__main__ import fuzz, install, keys_file, parse, service

SERVER_ERROR = 500
# What a face does differently on purpose: CONTRIBUTING.md says why, under "Fuzzing the API".
WITHOUT = {"openai": ("unsupported_method", "positive_data_acceptance"), "ark": ("positive_data_acceptance",)}


class Tried(NamedTuple):
    """What became of one document."""

    face: str
    requests: int
    server_errors: int
    exit_status: int

    @property
    def line(self) -> str:
        found = "nothing found" if self.exit_status == 0 else f"exit status {self.exit_status}"
        return f"{self.face:<12}{self.requests:>8} requests{self.server_errors:>6} server errors   {found}\n"


def documents(api: str) -> Iterator[tuple[str, str]]:
    """Yield each foreign API with the URL of its document."""
    for name in get_args(FaceName):
        prefix: str = import_module(f"cliprelay.api.{name}.routes").FACE.prefix
        url = f"{api}{prefix}/openapi.json"
        if requests.get(url, timeout=30).status_code != requests.codes.ok:
            raise SystemExit(f"{name} serves no document at {prefix}/openapi.json")
        yield name, url


def try_one(face: str, url: str, options: Namespace, folder: Path, keys: Path) -> Tried:
    """Fuzz one API, and count its answers in the report."""
    report = folder / f"{face}.ndjson"
    status = fuzz(options.schemathesis, url, Namespace(**{**vars(options), "report": report}), folder, keys, WITHOUT.get(face, ()))
    answers = Counter(_statuses(report))
    return Tried(face, answers.total(), sum(count for code, count in answers.items() if code >= SERVER_ERROR), status)


def _statuses(report: Path) -> Iterator[int]:
    """Yield the status of every answer in a report; 0 for none."""
    for line in report.read_text(encoding="utf-8").splitlines():
        yield from _found(json.loads(line))


def _found(event: Any) -> Iterator[int]:
    if isinstance(event, dict):
        if "status_code" in event and "headers" in event:
            yield int(event["status_code"])
        else:
            for part in event.values():
                yield from _found(part)
    elif isinstance(event, list):
        for part in event:
            yield from _found(part)


def main() -> int:
    """Start a service, unless one is given, and print a line for each API."""
    options = parse("tests.interop.schemathesis.faces")
    with tempfile.TemporaryDirectory(prefix="fuzz-faces-") as name:
        folder = Path(name)
        options.schemathesis = (options.schemathesis or install(folder)).absolute()
        if options.ready:
            return report_on(options, folder, options.ready.resolve())
        with service(folder) as ready:
            return report_on(options, folder, ready)


def report_on(options: Namespace, folder: Path, ready: Path) -> int:
    """Try every API of a running service; return 1 if anything was found."""
    keys = keys_file(folder, ready)
    tried = [try_one(face, url, options, folder, keys) for face, url in documents(json.loads(ready.read_text())["api"])]
    total = sum(each.requests for each in tried)
    sys.stdout.write("".join(each.line for each in tried) + f"{total} requests in all\n")
    return 1 if any(each.exit_status or each.server_errors for each in tried) else 0


if __name__ == "__main__":
    sys.exit(main())
