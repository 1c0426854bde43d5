"""`webhooks`: manage a tenant's default webhook and show the secrets that its receivers verify with."""

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from cliprelay.net.urls import AddressRefused, AddressRules, Limits, check_address
from cliprelay.webhooks.settings import EVENT_TYPES, RotatedTooOften, WebhookSettings
from operate import stores
from operate.commands.keys import tenant_name
from operate.deployment import Deployment
from operate.errors import CommandError
from operate.parser import add_command, add_group, non_empty
from operate.terminal import format_columns, format_time, sanitize


def register(subparsers: Any) -> None:
    """Register the `webhooks` commands."""
    commands = add_group(subparsers, "webhooks", "show, set and rotate the default webhook of a tenant")
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


def show(args: argparse.Namespace, deployment: Deployment) -> None:
    _print(stores.webhook_settings(deployment).of(args.tenant), deployment)


def put(args: argparse.Namespace, deployment: Deployment) -> None:
    if args.url is not None:
        try:
            check_address(args.url, Limits(AddressRules.LOOPBACK if deployment.is_local else AddressRules.PUBLIC))
        except AddressRefused as refusal:
            raise CommandError(f"--url {refusal}") from None
    _print(stores.webhook_settings(deployment).put(args.tenant, url=args.url, events=args.events, enabled=not args.off), deployment)


def rotate(args: argparse.Namespace, deployment: Deployment) -> None:
    try:
        settings = stores.webhook_settings(deployment).rotate(args.tenant, datetime.now(UTC))
    except RotatedTooOften:
        raise CommandError(f"four versions of {args.tenant}'s secrets are already valid; wait until the oldest expires") from None
    print(f"Version {settings.version} signs from now on; the previous version also signs for 24 hours.", file=sys.stderr)
    _print(settings, deployment)


def event_types(text: str) -> list[str]:
    """Parse a comma-separated list of event types."""
    named = list(dict.fromkeys(part.strip() for part in text.split(",")))
    unknown = [name for name in named if name not in EVENT_TYPES]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; valid types: {', '.join(EVENT_TYPES)}")
    return named


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
    keys = stores.webhook_keys(deployment)
    for version, until in settings.valid_versions(now):
        pair = keys.of(settings.tenant, version)
        ends = f"until {format_time(until, now)}" if until else "current"
        rows += [(f"version {version}", ends), ("  v1", pair.shown_secret), ("  v1a", pair.shown_public)]
    print(format_columns(rows))
