"""`secret`: the upstream's API key, which only Secrets Manager and the functions that use it ever hold."""

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
from operate.errors import Trouble
from operate.parser import noun, verb

# Far above any provider's key, and below the 8 KB that web servers commonly take in all headers together.
LONGEST = 4_096
# What people paste instead of the key, and what to tell them.
SLIPS = {
    r"(?i)bearer(\s.*)?": "begins with `Bearer`; give the key alone",
    r"""["'`].*|.*["'`]""": "has quotation marks at its ends; give the key alone",
    r"\{.*": "looks like JSON; give the key alone",
    r"[<$].*": "is a placeholder, not a key",
    r"clr_.*": "is one of ClipRelay's own API keys; the upstream's key comes from your account there",
}
NOT_AN_ARGUMENT = (
    "the key is never an argument, where the shell's history and the process list would keep it: "
    "leave it out and type it when asked, or pipe it in; a key that was typed here is best replaced at the provider"
)


def add_to(nouns: Any) -> None:
    """Declare the commands of this noun."""
    verbs = noun(nouns, "secret", "store the upstream's API key, and see whether one is stored")
    more = "The key is asked for, and typing it stays hidden. In scripts it comes from standard input:\n"
    more += "  pass show myrouter | .venv/bin/python -m operate secret set"
    verb(verbs, "set", store, purpose="store the upstream's API key", more=more, no_surplus=NOT_AN_ARGUMENT)
    more = "Exit status: 0 a usable key is stored, 1 there is none. The key itself is never shown."
    verb(verbs, "check", check, purpose="say whether a key is stored that the functions can use", more=more)


def store(given: argparse.Namespace, deployment: Deployment) -> None:
    # Before anybody types: a misspelt stack should not cost them a second look for their key.
    arn = deployment.output("UpstreamSecretArn")
    value = read(sys.stdin, getpass)
    deployment.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=value)
    print(f"Stored the upstream's key for {deployment}.")
    print(f"Videos that wait for it go on by themselves within {LATEST} seconds. A key that it replaces stays in use for")
    print(f"up to {CACHE_SECONDS} seconds where the upstream still takes it, so let the old one live that long.")


def check(given: argparse.Namespace, deployment: Deployment) -> None:
    client, advice = deployment.client("secretsmanager"), f"store one with `{deployment.command('secret set')}`"
    try:
        found = client.get_secret_value(SecretId=deployment.output("UpstreamSecretArn"))
    except client.exceptions.ResourceNotFoundException:
        raise Trouble(f"no upstream key is stored for {deployment} yet; {advice}") from None
    wrong = complaint(found.get("SecretString", "").strip())
    if wrong:
        raise Trouble(f"the functions of {deployment} cannot use the stored value: it {wrong}; {advice}")
    print(f"An upstream key is stored for {deployment}, since {iso(found['CreatedDate'].astimezone(UTC))}.")


def read(source: TextIO, ask: Callable[[str], str]) -> str:
    """The key from a pipe, or from a person who is asked without echo; raises Trouble when it cannot be one."""
    value = (_asked(ask) if source.isatty() else _piped(source)).strip()
    wrong = complaint(value)
    if wrong:
        raise Trouble(f"nothing was stored: what was given {wrong}")
    return value


def complaint(value: str) -> str | None:
    """Why this cannot be a key that travels in a header, without repeating any of it; None when it can."""
    if not value:
        return "is empty"
    if len(value.splitlines()) > 1:
        return "has several lines; give the key alone"
    for slip, words in SLIPS.items():
        if re.fullmatch(slip, value):
            return words
    if re.search(r"[^!-~]", value):
        return "has spaces or other characters that no key has; give the key alone"
    if len(value) > LONGEST:
        return f"has more than {LONGEST} characters"
    return None


def _piped(source: TextIO) -> str:
    # Bytes, because what is no text at all should meet the same clear complaint.
    return source.buffer.read(LONGEST * 2).decode("ascii", errors="replace")


def _asked(ask: Callable[[str], str]) -> str:
    try:
        return ask("The upstream's API key (typing stays hidden): ")
    except EOFError:
        return ""
