"""`keys`: manage the tenants' API keys; only their SHA-256 is stored, and its first digits serve as the id."""

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from cliprelay.tenants.api_keys import CACHE_SECONDS, ID_DIGITS, KEY_NAME, TENANT_NAME, ApiKeyTable, KeyRecord
from operate.deployment import Deployment
from operate.errors import CommandError
from operate.parser import add_command, add_group
from operate.terminal import format_columns

KEY = re.compile(r"clr_[A-Za-z0-9_-]{43}")
# Revoking is final, so a mistyped id must not be able to match a key.
MIN_ID_DIGITS = 4
ID = re.compile(rf"[0-9a-f]{{{MIN_ID_DIGITS},64}}")


def register(subparsers: Any) -> None:
    """Register the `keys` commands."""
    commands = add_group(subparsers, "keys", "create, list and revoke the API keys of the tenants")
    epilog = "Standard output receives only the key:\n  KEY=$(.venv/bin/python -m operate keys create --tenant acme)"
    parser = add_command(commands, "create", create, purpose="create an API key for a tenant and show it once", epilog=epilog)
    parser.add_argument("--tenant", type=tenant_name, required=True, metavar="T", help="the key's tenant: 1 to 40 of a-z, 0-9 and -")
    naming = "its name in budgets and usage; to rotate a key, give the next one the same name"
    parser.add_argument("--name", type=name_of_key, metavar="N", help=naming)

    epilog = "example:\n  .venv/bin/python -m operate keys list --tenant acme"
    parser = add_command(commands, "list", show, purpose="list all keys, including revoked ones", epilog=epilog)
    parser.add_argument("--tenant", type=tenant_name, metavar="T", help="only this tenant's keys")

    epilog = "example:\n  .venv/bin/python -m operate keys revoke 3f9c21d07a44"
    parser = add_command(commands, "revoke", revoke, purpose=f"revoke a key permanently, within {CACHE_SECONDS} seconds", epilog=epilog)
    parser.add_argument("key", type=key_name, metavar="ID|KEY", help="an id from `keys list`, or the whole key")


def create(args: argparse.Namespace, deployment: Deployment) -> None:
    keys = _key_table(deployment)
    key = keys.create(args.tenant, args.name)
    print(f"A new API key for tenant {args.tenant} of {deployment}. Store it now: it cannot be shown again.", file=sys.stderr, flush=True)
    try:
        print(key, flush=True)
    except OSError:
        keys.revoke(_digest(key))  # the key was never shown, so it must not stay valid
        raise
    print("Send it as `Authorization: Bearer KEY`. To revoke it:", file=sys.stderr)
    print(f"  {deployment.command(f'keys revoke {_digest(key)[:ID_DIGITS]}')}", file=sys.stderr)


def show(args: argparse.Namespace, deployment: Deployment) -> None:
    found = sorted(_key_table(deployment).list(args.tenant), key=lambda key: (key.tenant, key.created_at))
    if found:
        print(table(found))
    else:
        whose = f"of tenant {args.tenant} " if args.tenant else ""
        print(f"There is no key {whose}in {deployment}; create one with `{deployment.command('keys create --tenant T')}`.", file=sys.stderr)


def revoke(args: argparse.Namespace, deployment: Deployment) -> None:
    keys = _key_table(deployment)
    known = {key.key_sha256: key for key in keys.list()}
    digest = find_digest(args.key, known)
    stopped = keys.revoke(digest)
    record = known.get(digest)
    if not stopped and record is None:
        raise CommandError(f"{deployment} has no such key; list its keys with `{deployment.command('keys list')}`")
    name = f"key {record.hint}... of tenant {record.tenant}" if record else f"key {digest[:ID_DIGITS]}"
    if stopped:
        print(f"Revoked {name}; it stops working within {CACHE_SECONDS} seconds.")
    else:
        print(f"Nothing to do: {name} was already revoked.")


def table(keys: Sequence[KeyRecord]) -> str:
    """Format keys in columns; the last one is the id for `keys revoke`."""
    rows = [("hint", "tenant", "name", "created", "revoked", "id")]
    rows += [
        (f"{key.hint}...", key.tenant, key.name or "-", key.created_at, key.revoked_at or "-", key.key_sha256[:ID_DIGITS]) for key in keys
    ]
    return format_columns(rows)


def find_digest(name: str, known: Iterable[str]) -> str:
    """Return the SHA-256 of a key, or the only known one that begins with an id; it may not exist."""
    if KEY.fullmatch(name):
        return _digest(name)
    matches = [digest for digest in known if digest.startswith(name)]
    if len(matches) > 1:
        raise CommandError(f"the id {name} matches {len(matches)} keys: enter more digits")
    return matches[0] if matches else name


def tenant_name(text: str) -> str:
    """Accept a valid tenant name."""
    if not TENANT_NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"a tenant name is 1 to 40 of a-z, 0-9 and -, not {text!r}")
    return text


def name_of_key(text: str) -> str:
    """Accept a valid name of a key."""
    if not KEY_NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"a key's name is 1 to 40 of a-z, 0-9 and -, and does not begin with -; not {text!r}")
    return text


def key_name(text: str) -> str:
    """Accept a whole key or a long enough id; the error repeats nothing, because the text may be most of a key."""
    if KEY.fullmatch(text):
        return text
    if ID.fullmatch(text.lower()):
        return text.lower()
    if text.startswith("clr_"):
        raise argparse.ArgumentTypeError("this is not a complete key; enter the whole key, or an id from `keys list`")
    raise argparse.ArgumentTypeError(f"neither a key nor an id: an id is at least {MIN_ID_DIGITS} digits from `keys list`")


def _key_table(deployment: Deployment) -> ApiKeyTable:
    return ApiKeyTable(deployment.client("dynamodb"), deployment.output("KeysTableName"))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
