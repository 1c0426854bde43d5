"""`python -m local receiver`: receive webhooks on this machine, verify them, and print one line each."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from local.interruption import Stopping
from local.receiver.server import Receiver
from local.receiver.signatures import Secrets, is_secret
from operate.ready_file import has_ended

# The local API answers within milliseconds.
ASK_SECONDS = 10

USAGE = """Send one video's events here with "webhook_url": "{url}", or all events:

  curl -fsS -X PUT {api}/v1/webhook -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{{"url": "{url}"}}'
"""


SERVE = "`.venv/bin/python -m local serve --ready-file {path}`"


class SecretsError(Exception):
    """No secrets to verify with; the message says why."""


def main(argv: list[str]) -> int:
    """Receive until interrupted; exit status 1: could not start, 2: invalid command line, 130: Ctrl-C."""
    args = _parser().parse_args(argv)
    try:
        secrets = _from_service(args.ready_file) if args.ready_file else _fixed_secrets(args.secret)
        receiver = Receiver(args.port, secrets, _print_line, failures=args.fail)
    except (SecretsError, OSError) as error:
        print(f"python -m local receiver: {error}", file=sys.stderr)
        return 1
    stopping = Stopping()
    receiver.start()
    _print_line(f"Receiving at {receiver.url}")
    if args.ready_file:
        ready = _ready(args.ready_file)
        _print_line("\n" + USAGE.format(url=receiver.url, api=ready["api"], key=ready["api_key"]))
    status = stopping.wait()
    receiver.stop()
    _print_line("Stopped.")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local receiver", description="Receive, verify and print webhooks.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--ready-file", type=Path, help="ready file of `python -m local serve`, whose secrets to fetch")
    source.add_argument("--secret", action="append", metavar="whsec_…", help="a secret of the sender; repeat it during a rotation")
    parser.add_argument("--port", type=_port, default=8788, help="port to listen on; 0 selects a free one (default 8788)")
    parser.add_argument("--fail", type=_count, default=0, metavar="N", help="reject the first N events with 503 to see the retries")
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError("must be a number from 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError("must be a number, 0 or more")
    return int(text)


def _fixed_secrets(secrets: list[str]) -> Callable[[bool], Secrets]:
    for secret in secrets:
        if not is_secret(secret):
            raise SecretsError("a secret is whsec_ and base64; GET /v1/webhook returns yours")
    return lambda refresh: Secrets(tuple(secrets))


def _from_service(ready_file: Path) -> Callable[[bool], Secrets]:
    """Return a source of the local service's secrets, cached until a signature does not verify."""
    known = [fetch_secrets(_ready(ready_file))]

    def secrets(refresh: bool) -> Secrets:
        if refresh:
            known[0] = fetch_secrets(_ready(ready_file))
        return known[0]

    return secrets


def fetch_secrets(ready: dict[str, Any]) -> Secrets:
    """Fetch every valid version of a tenant's secrets; raise SecretsError on failure."""
    try:
        answer = requests.get(f"{ready['api']}/v1/webhook", headers={"Authorization": f"Bearer {ready['api_key']}"}, timeout=ASK_SECONDS)
        answer.raise_for_status()
        versions = answer.json()["secrets"]
    except (requests.RequestException, ValueError, KeyError) as error:
        raise SecretsError(f"cannot fetch the secrets from the service ({type(error).__name__}); is it running?") from None
    return Secrets(tuple(each["secret"] for each in versions), tuple(each["public_key"] for each in versions))


def _ready(path: Path) -> dict[str, Any]:
    """Read a ready file; raise SecretsError if its service has ended, which a kill -9 leaves behind."""
    try:
        known: dict[str, Any] = json.loads(path.read_text())
        if not has_ended(known.get("pid")):
            return known
    except (OSError, ValueError, AttributeError):
        pass
    raise SecretsError(f"{path} is not the ready file of a running service; start one: {SERVE.format(path=path)}")


def _print_line(line: str) -> None:
    print(line, flush=True)
