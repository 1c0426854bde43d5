"""`secret`: manage the upstream's API key, which only Secrets Manager and the functions that use it hold."""

import argparse
import re
import sys
from collections.abc import Callable
from datetime import UTC
from getpass import getpass
from typing import Any, TextIO

from cliprelay.upstream.credentials import CACHE_SECONDS
from cliprelay.video.record import iso
from cliprelay.workflow.settlement import LATEST
from operate.deployment import Deployment
from operate.errors import CommandError
from operate.parser import add_command, add_group

# Far above any provider's key, and below the usual 8 KB limit of web servers for all headers.
MAX_LENGTH = 4_096
# Values commonly pasted instead of a key, and their error messages.
COMMON_MISTAKES = {
    r"(?i)bearer(\s.*)?": "begins with `Bearer`; enter only the key",
    r"""["'`].*|.*["'`]""": "has quotation marks at its ends; enter only the key",
    r"\{.*": "looks like JSON; enter only the key",
    r"[<$].*": "is a placeholder, not a key",
    r"clr_.*": "is a ClipRelay API key; the upstream's key comes from your account there",
}
NOT_AN_ARGUMENT = (
    "a key cannot be an argument, because shell history and process lists would expose it: "
    "type it at the prompt, or pipe it in; replace a key that you have typed here at the provider"
)


def register(subparsers: Any) -> None:
    """Register the `secret` commands."""
    commands = add_group(subparsers, "secret", "store the upstream's API key, or check that one is stored")
    epilog = "Prompts for the key without echo. In scripts, pipe it to standard input:\n"
    epilog += "  pass show myrouter | .venv/bin/python -m operate secret set"
    add_command(commands, "set", store, purpose="store the upstream's API key", epilog=epilog, extra_arguments_error=NOT_AN_ARGUMENT)
    epilog = "Exit status: 0 a usable key is stored, 1 no usable key. The key is never shown."
    add_command(commands, "check", check, purpose="check whether a usable key is stored", epilog=epilog)


def store(args: argparse.Namespace, deployment: Deployment) -> None:
    # Before the prompt, so that a misspelt stack name does not make the user enter the key twice.
    arn = deployment.output("UpstreamSecretArn")
    value = read(sys.stdin, getpass)
    deployment.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=value)
    print(f"Stored the upstream's key for {deployment}.")
    print(f"Videos that wait for it continue automatically within {LATEST} seconds. A replaced key stays in use for up to")
    print(f"{CACHE_SECONDS} seconds while the upstream accepts it, so leave the old key valid that long.")


def check(args: argparse.Namespace, deployment: Deployment) -> None:
    client, advice = deployment.client("secretsmanager"), f"store one with `{deployment.command('secret set')}`"
    try:
        found = client.get_secret_value(SecretId=deployment.output("UpstreamSecretArn"))
    except client.exceptions.ResourceNotFoundException:
        raise CommandError(f"no upstream key is stored for {deployment} yet; {advice}") from None
    problem = find_problem(found.get("SecretString", "").strip())
    if problem:
        raise CommandError(f"the functions of {deployment} cannot use the stored value: it {problem}; {advice}")
    print(f"An upstream key is stored for {deployment}, since {iso(found['CreatedDate'].astimezone(UTC))}.")


def read(source: TextIO, ask: Callable[[str], str]) -> str:
    """Read the key from a pipe, or from a prompt without echo; raise CommandError if it cannot be a key."""
    value = (_read_prompt(ask) if source.isatty() else _read_pipe(source)).strip()
    problem = find_problem(value)
    if problem:
        raise CommandError(f"nothing was stored: the input {problem}")
    return value


def find_problem(value: str) -> str | None:
    """Say why a value cannot be a key in a header, without repeating any of it; None if it can."""
    if not value:
        return "is empty"
    if len(value.splitlines()) > 1:
        return "has several lines; enter only the key"
    for pattern, message in COMMON_MISTAKES.items():
        if re.fullmatch(pattern, value):
            return message
    if re.search(r"[^!-~]", value):
        return "has spaces or other characters that no key contains; enter only the key"
    if len(value) > MAX_LENGTH:
        return f"has more than {MAX_LENGTH} characters"
    return None


def _read_pipe(source: TextIO) -> str:
    # Read bytes, so that binary input gets the same clear error.
    return source.buffer.read(MAX_LENGTH * 2).decode("ascii", errors="replace")


def _read_prompt(ask: Callable[[str], str]) -> str:
    try:
        return ask("The upstream's API key (input is hidden): ")
    except EOFError:
        return ""
