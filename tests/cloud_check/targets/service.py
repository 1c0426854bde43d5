"""The service on one machine: starts `python -m local serve` with the check's upstream, and stops it."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import boto3

from local import account
from tests.cloud_check.registry import Need
from tests.cloud_check.target import Target
from tests.cloud_check.upstream.ledger import Ledger, check_video, create_table
from tests.cloud_check.upstream.server import UpstreamServer
from tests.support.paths import ROOT

# A minute of the workflow takes three seconds.
TIME_SCALE = 0.05
START_SECONDS = 180

LACKS = {
    Need.ACCOUNT: "the local service is no AWS account",
    Need.ROLES: "the local service does not enforce roles",
    Need.CONCURRENCY: "the local service has no reserved concurrency",
    Need.METRICS: "the local service counts no capacity units",
}


@contextmanager
def local_service(say: Any, *, serve: tuple[str, ...] = ()) -> Iterator[Target]:
    """Yield the service with its upstream; at the end both have stopped and nothing is left."""
    key, upstream = token_hex(16), UpstreamServer(check_video())
    with tempfile.TemporaryDirectory(prefix="cloud-check-") as name:
        ready_file = Path(name) / "ready.json"
        say(f"starting the local service, upstream {upstream.url}")
        process = _start(Path(name), ready_file, upstream.url, key, serve)
        try:
            ready = _ready(process, ready_file, Path(name) / "output.txt")
            table = create_table(boto3.resource("dynamodb", **_settings(ready["aws"])))
            upstream.connect(table)
            target = _target(ready, ready_file, upstream.url, key, Ledger(table))
            target.ledger.accept_key(key)
            yield target
        finally:
            process.terminate()
            process.wait()
            upstream.stop()
        say("the local service has stopped; its folder is removed")


def _start(folder: Path, ready_file: Path, upstream: str, key: str, more: tuple[str, ...]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "local", "serve", "--port", "0", "--ephemeral", "--ready-file", str(ready_file)]
    command += ["--state-dir", str(folder / "state")]
    command += ["--time-scale", str(TIME_SCALE), "--upstream-url", upstream, "--upstream-key", key, *more]
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)  # noqa: S603


def _ready(process: subprocess.Popen[bytes], ready_file: Path, output: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_SECONDS
    while not ready_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the local service did not start:\n{output.read_text()}")
        time.sleep(0.1)
    found: dict[str, Any] = json.loads(ready_file.read_text())
    return found


def _settings(endpoint: str) -> dict[str, Any]:
    keys = {"aws_access_key_id": account.ACCESS_KEY_ID, "aws_secret_access_key": account.SECRET_ACCESS_KEY}
    return {"endpoint_url": endpoint, "region_name": account.REGION, "aws_session_token": account.SESSION_TOKEN, **keys}


def _target(ready: dict[str, Any], ready_file: Path, upstream: str, key: str, ledger: Ledger) -> Target:
    return Target(
        name="the local service",
        stack=ready["stack"],
        clients=partial(account.client, endpoint=ready["aws"]),
        operate_flags=("--local", str(ready_file)),
        upstream_url=upstream,
        ledger=ledger,
        upstream_key=key,
        lacks=LACKS,
        time_scale=TIME_SCALE,
        base_url=ready["api"],
        private=[key, ready["api_key"]],
        read_logs=partial(_search_files, Path(ready["logs"])),
        remove_upstream_key=_store_nothing,
    )


def _store_nothing(target: Target) -> None:
    """Bring the secret into the state of a new stack: the service has stored its key at the start."""
    target.clients("secretsmanager").put_secret_value(SecretId=target.outputs["UpstreamSecretArn"], SecretString=" ")


def _search_files(folder: Path, target: Target, words: list[str]) -> dict[str, list[str]]:
    """Return, for each word, the beginnings of the lines that contain it."""
    found: dict[str, list[str]] = {word: [] for word in words}
    for path in sorted(folder.iterdir()):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            for word in words:
                if word in line:
                    found[word].append(f"{path.name}:{number}")
    return found
