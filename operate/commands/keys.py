"""`keys`: the API keys that the tenants send; only their SHA-256 is kept, and its first digits are the id to revoke by."""

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from cliprelay.tenants.api_keys import CACHE_SECONDS, TENANT_NAME, ApiKeyTable, KeyRecord
from operate.deployment import Deployment
from operate.errors import Trouble
from operate.parser import noun, verb
from operate.terminal import aligned

KEY = re.compile(r"clr_[A-Za-z0-9_-]{43}")
# 48 bits: no two keys of one deployment will share them.
SHOWN_DIGITS = 12
# Revoking cannot be undone, so a slip of the finger must not be enough to name a key.
FEWEST_DIGITS = 4
ID = re.compile(rf"[0-9a-f]{{{FEWEST_DIGITS},64}}")


def add_to(nouns: Any) -> None:
    """Declare the commands of this noun."""
    verbs = noun(nouns, "keys", "create, list and revoke the API keys of the tenants")
    more = "The key alone goes to standard output:\n  KEY=$(.venv/bin/python -m operate keys create --tenant acme)"
    parser = verb(verbs, "create", create, purpose="make an API key for a tenant and show it, once", more=more)
    parser.add_argument("--tenant", type=tenant_name, required=True, metavar="T", help="its owner: 1 to 40 of a-z, 0-9 and -")

    more = "example:\n  .venv/bin/python -m operate keys list --tenant acme"
    parser = verb(verbs, "list", show, purpose="show what is known of every key, revoked ones too", more=more)
    parser.add_argument("--tenant", type=tenant_name, metavar="T", help="only this tenant's keys")

    more = "example:\n  .venv/bin/python -m operate keys revoke 3f9c21d07a44"
    parser = verb(verbs, "revoke", revoke, purpose=f"stop a key for good, within {CACHE_SECONDS} seconds", more=more)
    parser.add_argument("key", type=key_name, metavar="ID|KEY", help="the id that `keys list` shows, or the whole key")


def create(given: argparse.Namespace, deployment: Deployment) -> None:
    ring = _ring(deployment)
    key = ring.create(given.tenant)
    print(f"A new API key for tenant {given.tenant} of {deployment}. Keep it: nobody can show it again.", file=sys.stderr, flush=True)
    try:
        print(key, flush=True)
    except OSError:
        ring.revoke(_digest(key))  # nobody has read it, so nobody shall be able to use it
        raise
    print("Requests carry it as `Authorization: Bearer KEY`. To stop it:", file=sys.stderr)
    print(f"  {deployment.command(f'keys revoke {_digest(key)[:SHOWN_DIGITS]}')}", file=sys.stderr)


def show(given: argparse.Namespace, deployment: Deployment) -> None:
    found = sorted(_ring(deployment).list(given.tenant), key=lambda key: (key.tenant, key.created_at))
    if found:
        print(table(found))
    else:
        whose = f"of tenant {given.tenant} " if given.tenant else ""
        print(f"There is no key {whose}in {deployment}; `{deployment.command('keys create --tenant T')}` makes one.", file=sys.stderr)


def revoke(given: argparse.Namespace, deployment: Deployment) -> None:
    ring = _ring(deployment)
    known = {key.key_sha256: key for key in ring.list()}
    digest = pick(given.key, known)
    stopped = ring.revoke(digest)
    record = known.get(digest)
    if not stopped and record is None:
        raise Trouble(f"{deployment} has no such key; `{deployment.command('keys list')}` shows which it has")
    name = f"key {record.hint}... of tenant {record.tenant}" if record else f"key {digest[:SHOWN_DIGITS]}"
    if stopped:
        print(f"Revoked {name}: it stops working within {CACHE_SECONDS} seconds.")
    else:
        print(f"Nothing to do: {name} was revoked already.")


def table(keys: Sequence[KeyRecord]) -> str:
    """Aligned columns; the last one is what `keys revoke` takes."""
    rows = [("hint", "tenant", "created", "revoked", "id")]
    rows += [(f"{key.hint}...", key.tenant, key.created_at, key.revoked_at or "-", key.key_sha256[:SHOWN_DIGITS]) for key in keys]
    return aligned(rows)


def pick(name: str, known: Iterable[str]) -> str:
    """The SHA-256 that a key or an id stands for, whether such a key exists or not; an id must stand for one only."""
    if KEY.fullmatch(name):
        return _digest(name)
    fitting = [digest for digest in known if digest.startswith(name)]
    if len(fitting) > 1:
        raise Trouble(f"the id {name} stands for {len(fitting)} keys: give more of it")
    return fitting[0] if fitting else name


def tenant_name(text: str) -> str:
    """A tenant's name, as the table takes it."""
    if not TENANT_NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"a tenant's name is 1 to 40 of a-z, 0-9 and -, not {text!r}")
    return text


def key_name(text: str) -> str:
    """A whole key or an id of enough digits; the complaint repeats nothing, because it may be most of a key."""
    if KEY.fullmatch(text):
        return text
    if ID.fullmatch(text.lower()):
        return text.lower()
    if text.startswith("clr_"):
        raise argparse.ArgumentTypeError("that is not a whole key; give the whole one, or the id that `keys list` shows")
    raise argparse.ArgumentTypeError(f"neither a key nor an id: an id is at least {FEWEST_DIGITS} digits of what `keys list` shows")


def _ring(deployment: Deployment) -> ApiKeyTable:
    return ApiKeyTable(deployment.client("dynamodb"), deployment.output("KeysTableName"))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
