"""Run the tests on changed modules, each in a process of its own that begins with the large packages already imported.

A change is compiled in place of its module when that is imported; no file is written, and compiled files are not used.
"""

import importlib.machinery
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import CodeType
from typing import NamedTuple

PRELOADED = (
    "boto3",
    "cryptography.fernet",
    "hypothesis",
    "moto.dynamodb.models",
    "moto.s3.models",
    "moto.secretsmanager.models",
    "moto.sns.models",
    "moto.stepfunctions.models",
    "pydantic",
    "pytest",
    "requests",
    "samtranslator.yaml_helper",
)
SURVIVED = 0
# It takes longer than all others of its file, and cannot tell one change from another.
_LEFT_OUT = "tests/unit/video/test_links.py::test_a_million_guesses_open_nothing"
# pytest's status for "no test was collected".
NOTHING_RAN = 5


class Job(NamedTuple):
    """The tests to run, the seconds that they may take, and the changed source of the module at `path` (None: no change)."""

    path: Path
    source: str | None
    tests: tuple[str, ...]
    seconds: float


def preload() -> None:
    """Import what every test needs, except the product, and read the descriptions of the AWS services once."""
    for name in PRELOADED:
        importlib.import_module(name)
    import boto3
    from botocore.loaders import JSONFileLoader
    from moto import mock_aws

    JSONFileLoader.load_file = cache(JSONFileLoader.load_file)  # type: ignore[method-assign]
    with mock_aws():
        for service in ("dynamodb", "s3", "stepfunctions", "secretsmanager", "sns", "sqs"):
            client = boto3.client(service, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any")  # noqa: S106
            with suppress(Exception):  # the first call imports moto's own module for the service
                getattr(client, {"s3": "list_buckets", "dynamodb": "list_tables", "sns": "list_topics"}.get(service, "close"))()


def run(jobs: Sequence[Job], workers: int, done: Callable[[int, int | None, float], None]) -> None:
    """Run jobs in parallel; call `done` with the number of each, the status of its tests (None: timed out) and its seconds."""
    running: dict[int, tuple[int, float]] = {}
    waiting = list(enumerate(jobs))[::-1]
    while waiting or running:
        while waiting and len(running) < workers:
            number, job = waiting.pop()
            running[_fork(job)] = (number, time.monotonic() + job.seconds)
        time.sleep(0.02)
        for pid, (number, until) in list(running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended and time.monotonic() < until:
                continue
            if not ended:
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            del running[pid]
            took = time.monotonic() - (until - jobs[number].seconds)
            done(number, os.waitstatus_to_exitcode(status) if ended else None, took)


def _fork(job: Job) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 3
    try:
        os.setsid()  # so that a time-out ends what the tests have started, too
        status = _test(job)
    finally:
        os._exit(status)


def _test(job: Job) -> int:
    import pytest

    with tempfile.TemporaryFile() as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
        if job.source is not None:
            _replace(job.path, job.source)
        options = ["-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", "--deselect", _LEFT_OUT]
        return int(pytest.main([*options, *job.tests]))


def _replace(path: Path, source: str) -> None:
    loader = importlib.machinery.SourceFileLoader
    read = loader.get_code

    def get_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
        if Path(self.path) == path:
            return compile(source, str(path), "exec", dont_inherit=True)
        return read(self, fullname)

    loader.get_code = get_code  # type: ignore[method-assign, assignment]
    sys.dont_write_bytecode = True
