"""`webhooks`: manage a tenant's default webhook and show the secrets that its receivers verify with."""

import argparse
import secrets
import string
import sys
from datetime import UTC, datetime
from typing import Any

from cliprelay.net.urls import AddressRefused, Limits, check_address
from cliprelay.webhooks.secrets import MASTER_OVERLAP, SHOWN_AFTER, read_master
from cliprelay.webhooks.sender import SECONDS
from cliprelay.webhooks.settings import EVENT_TYPES, RotatedTooOften, WebhookSettings
from operate import stores
from operate.commands.keys import tenant_name
from operate.deployment import Deployment
from operate.errors import CommandError
from operate.parser import add_command, add_group, non_empty
from operate.terminal import confirm, format_columns, format_time, sanitize

# As in template.yaml, which generates the first one.
MASTER_LENGTH = 64
# At this machine no gateway gives up: long enough for every event to a receiver that answers in time.
TEST_SECONDS = len(EVENT_TYPES) * SECONDS


def register(subparsers: Any) -> None:
    """Register the `webhooks` commands."""
    commands = add_group(subparsers, "webhooks", "show, set, test and rotate the default webhook of a tenant")
    epilog = "Prints the secrets to standard output: make sure nobody else can read your screen."
    parser = add_command(commands, "show", show, purpose="show a tenant's webhook and its valid secrets", epilog=epilog)
    _tenant(parser)

    epilog = (
        "example:\n  .venv/bin/python -m operate webhooks set --tenant acme --url https://hooks.example.com/clips --events video.failed"
    )
    parser = add_command(
        commands, "set", put, purpose="replace a tenant's webhook settings and re-enable a disabled endpoint", epilog=epilog
    )
    _tenant(parser)
    parser.add_argument("--url", type=non_empty, metavar="URL", help="where events are sent (default: nowhere)")
    parser.add_argument("--events", type=event_types, metavar="A,B", help=f"event types to send (default: all of {', '.join(EVENT_TYPES)})")
    parser.add_argument("--off", action="store_true", help="store the URL, but send nothing")

    epilog = "Both versions sign for 24 hours: give the receiver the new secret within that time."
    parser = add_command(commands, "rotate", rotate, purpose="start a new version of a tenant's secrets", epilog=epilog)
    _tenant(parser)

    epilog = "Sends one sample of each event type, once, from this machine. They are signed, marked as a test and free.\n"
    epilog += "Exit status: 0 all were delivered, 1 error, or one was not."
    parser = add_command(commands, "test", test, purpose="send signed test events to a tenant's webhook", epilog=epilog)
    _tenant(parser)
    parser.add_argument("--url", type=non_empty, metavar="URL", help="send them there instead")

    epilog = f"For a leaked master secret. Both generations sign for {MASTER_OVERLAP.days} days: every tenant's receivers need new secrets."
    parser = add_command(commands, "rotate-master", rotate_master, purpose="replace the secret that all others derive from", epilog=epilog)
    parser.add_argument("--yes", action="store_true", help="skip the confirmation; for scripts")
    dropped = "replace it again within the overlap; receivers that use the secrets before the last replacement then reject events"
    parser.add_argument("--force", action="store_true", help=dropped)


def show(args: argparse.Namespace, deployment: Deployment) -> None:
    _print(stores.webhook_settings(deployment).of(args.tenant), deployment)


def put(args: argparse.Namespace, deployment: Deployment) -> None:
    if args.url is not None:
        _check(args.url, deployment)
    _print(stores.webhook_settings(deployment).put(args.tenant, url=args.url, events=args.events, enabled=not args.off), deployment)


def rotate(args: argparse.Namespace, deployment: Deployment) -> None:
    try:
        settings = stores.webhook_settings(deployment).rotate(args.tenant, datetime.now(UTC))
    except RotatedTooOften:
        raise CommandError(f"four versions of {args.tenant}'s secrets are already valid; wait until the oldest expires") from None
    print(f"Version {settings.version} signs from now on; the previous version also signs for 24 hours.", file=sys.stderr)
    _print(settings, deployment)


def test(args: argparse.Namespace, deployment: Deployment) -> None:
    settings = stores.webhook_settings(deployment).of(args.tenant)
    url = args.url or settings.url
    if url is None:
        raise CommandError(
            f"tenant {args.tenant} has no webhook: name one with --url, or set it with `{deployment.command('webhooks set')}`"
        )
    _check(url, deployment)
    sent = stores.sample_events(deployment).send(settings, url, TEST_SECONDS)
    rows = [("event", "id", "answer", "ms")]
    rows += [(each.kind, each.event_id, str(each.reply.error or each.reply.status), str(each.reply.ms or "-")) for each in sent]
    print(format_columns(rows))
    if failed := sum(not each.reply.is_success for each in sent):
        raise CommandError(f"{failed} of {len(sent)} test events were not delivered")


def rotate_master(args: argparse.Namespace, deployment: Deployment) -> None:
    client, arn, now = deployment.client("secretsmanager"), deployment.output("WebhookSecretArn"), datetime.now(UTC)
    master = read_master(client, arn, now)
    if master.previous and not args.force:
        ends = format_time(int(master.ends.timestamp()), now)
        raise CommandError(f"nothing was changed: the previous master still signs, until {ends}; --force drops it now")
    if not args.yes:
        within = f"{MASTER_OVERLAP.days} days"
        confirm(f"Replace the master secret of {deployment}? Every receiver of every tenant needs a new secret within {within}.")
    client.put_secret_value(SecretId=arn, SecretString=new_master())
    shown_at, ends = (format_time(int((now + wait).timestamp()), now) for wait in (SHOWN_AFTER, MASTER_OVERLAP))
    print(f"Stored a new master secret for {deployment}. The previous one also signs, until {ends}.")
    print(f"The new secrets are shown from {shown_at}, when every function signs with them: to the tenants by GET /v1/webhook, and here by")
    print(f"  {deployment.command('webhooks show --tenant T')}")


def new_master() -> str:
    """Return a random master secret of the form that CloudFormation generates."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(MASTER_LENGTH))


def event_types(text: str) -> list[str]:
    """Parse a comma-separated list of event types."""
    named = list(dict.fromkeys(part.strip() for part in text.split(",")))
    unknown = [name for name in named if name not in EVENT_TYPES]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; valid types: {', '.join(EVENT_TYPES)}")
    return named


def _check(url: str, deployment: Deployment) -> None:
    try:
        check_address(url, Limits(stores.address_rules(deployment)))
    except AddressRefused as refusal:
        raise CommandError(f"--url {refusal}") from None


def _tenant(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", type=tenant_name, required=True, metavar="T", help="the webhook's tenant: 1 to 40 of a-z, 0-9 and -")


def _print(settings: WebhookSettings, deployment: Deployment) -> None:
    now = datetime.now(UTC)
    rows = [("url", sanitize(settings.url) if settings.url else "none"), ("events", ", ".join(settings.events or ["all"]))]
    rows += [("enabled", "yes" if settings.enabled else "no")]
    if settings.disabled_at is not None:
        rows += [("disabled", f"{settings.disabled_for}, since {format_time(settings.disabled_at, now)}")]
    if settings.failing_since is not None:
        rows += [("failing", f"since {format_time(settings.failing_since, now)}")]
    for version, pair, until in stores.webhook_keys(deployment).shown(settings, now):
        ends = f"until {format_time(until, now)}" if until else "current"
        rows += [(f"version {version}", ends), ("  v1", pair.shown_secret), ("  v1a", pair.shown_public)]
    print(format_columns(rows))
