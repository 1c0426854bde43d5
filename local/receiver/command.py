"""`python -m local receiver`: receives webhooks on this machine, verifies them, and prints one line for each."""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import requests

from local.receiver.server import Receiver
from local.receiver.signatures import Secrets, is_secret

# The API on this machine answers in milliseconds.
ASK_SECONDS = 10

USE_IT = """Send a video's events here with "webhook_url": "{url}", or all of them:

  curl -X PUT {api}/v1/webhook -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '{{"url": "{url}"}}'
"""


class NoSecrets(Exception):
    """There is nothing to verify with; the text says why."""


def main(argv: list[str]) -> int:
    """Runs until it is told to stop; exit status 2 means that the command line was wrong, 1 that it could not start."""
    given = _parser().parse_args(argv)
    try:
        secrets = _from_service(given.ready_file) if given.ready_file else _given(given.secret)
        receiver = Receiver(given.port, secrets, _say, failures=given.fail)
    except (NoSecrets, OSError) as error:
        print(f"python -m local receiver: {error}", file=sys.stderr)
        return 1
    receiver.start()
    _say(f"Receiving at {receiver.url}")
    if given.ready_file:
        _say("\n" + USE_IT.format(url=receiver.url, api=_ready(given.ready_file)["api"]))
    _wait_for_the_end()
    receiver.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local receiver", description="Receives webhooks, verifies and prints them.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--ready-file", type=Path, help="of `python -m local serve`: the secrets are asked of that service")
    source.add_argument("--secret", action="append", metavar="whsec_…", help="a secret of the sender; given twice while it is rotated")
    parser.add_argument("--port", type=_port, default=8788, help="0: any free one; default 8788")
    parser.add_argument("--fail", type=_count, default=0, metavar="N", help="answer the first N events with 503, to see them come again")
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError("must be a number from 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError("must be a number, 0 or more")
    return int(text)


def _given(secrets: list[str]) -> Callable[[bool], Secrets]:
    for secret in secrets:
        if not is_secret(secret):
            raise NoSecrets("a secret is whsec_ and base64; GET /v1/webhook shows yours")
    return lambda anew: Secrets(tuple(secrets))


def _from_service(ready_file: Path) -> Callable[[bool], Secrets]:
    """The secrets of the service on this machine, asked for once and when a signature does not hold."""
    known = [ask_service(_ready(ready_file))]

    def secrets(anew: bool) -> Secrets:
        if anew:
            known[0] = ask_service(_ready(ready_file))
        return known[0]

    return secrets


def ask_service(ready: dict[str, str]) -> Secrets:
    """Every valid version of a tenant's secrets; raises NoSecrets when the service does not say."""
    try:
        answer = requests.get(f"{ready['api']}/v1/webhook", headers={"Authorization": f"Bearer {ready['api_key']}"}, timeout=ASK_SECONDS)
        answer.raise_for_status()
        versions = answer.json()["secrets"]
    except (requests.RequestException, ValueError, KeyError) as error:
        raise NoSecrets(f"the service does not say its secrets ({type(error).__name__}); is it running?") from None
    return Secrets(tuple(each["secret"] for each in versions), tuple(each["public_key"] for each in versions))


def _ready(path: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError):
        raise NoSecrets(f"{path} is not the ready file of a running service") from None
    return known


def _wait_for_the_end() -> None:
    over = Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: over.set())
    over.wait()


def _say(line: str) -> None:
    print(line, flush=True)
