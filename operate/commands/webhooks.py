"""`webhooks`: where a tenant's events go by default, and the secrets that its receivers verify with."""

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from cliprelay.net.urls import AddressRefused, AddressRules, Limits, check_address
from cliprelay.webhooks.settings import EVENT_TYPES, RotatedTooOften, WebhookSettings
from operate import stores
from operate.commands.keys import tenant_name
from operate.deployment import Deployment
from operate.errors import Trouble
from operate.parser import filled, noun, verb
from operate.terminal import aligned, harmless, when


def add_to(nouns: Any) -> None:
    """Declare the commands of this noun."""
    verbs = noun(nouns, "webhooks", "show, set and rotate the default webhook of a tenant")
    more = "The secrets go to standard output: mind who reads your screen."
    parser = verb(verbs, "show", show, purpose="show a tenant's webhook and its valid secrets", more=more)
    _tenant(parser)

    more = "example:\n  .venv/bin/python -m operate webhooks set --tenant acme --url https://hooks.example.com/clips --events video.failed"
    parser = verb(verbs, "set", put, purpose="replace what is set; an endpoint that was given up is tried again", more=more)
    _tenant(parser)
    parser.add_argument("--url", type=filled, metavar="URL", help="where the events go; left out, they go nowhere")
    parser.add_argument("--events", type=event_types, metavar="A,B", help=f"which; left out, all of {', '.join(EVENT_TYPES)}")
    parser.add_argument("--off", action="store_true", help="send nothing, and keep the address")

    more = "Both versions sign for 24 hours: give the receiver the new secret meanwhile."
    parser = verb(verbs, "rotate", rotate, purpose="begin the next version of a tenant's secrets", more=more)
    _tenant(parser)


def show(given: argparse.Namespace, deployment: Deployment) -> None:
    _print(stores.webhook_settings(deployment).of(given.tenant), deployment)


def put(given: argparse.Namespace, deployment: Deployment) -> None:
    if given.url is not None:
        try:
            check_address(given.url, Limits(AddressRules.LOOPBACK if deployment.is_local else AddressRules.PUBLIC))
        except AddressRefused as refusal:
            raise Trouble(f"--url {refusal}") from None
    _print(stores.webhook_settings(deployment).put(given.tenant, url=given.url, events=given.events, enabled=not given.off), deployment)


def rotate(given: argparse.Namespace, deployment: Deployment) -> None:
    try:
        settings = stores.webhook_settings(deployment).rotate(given.tenant, datetime.now(UTC))
    except RotatedTooOften:
        raise Trouble(f"four versions of {given.tenant}'s secrets are valid already; wait until the oldest has ended") from None
    print(f"Version {settings.version} signs from now on, for 24 hours beside the one before.", file=sys.stderr)
    _print(settings, deployment)


def event_types(text: str) -> list[str]:
    """A list of event types, separated by commas."""
    named = list(dict.fromkeys(part.strip() for part in text.split(",")))
    unknown = [name for name in named if name not in EVENT_TYPES]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; there are {', '.join(EVENT_TYPES)}")
    return named


def _tenant(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", type=tenant_name, required=True, metavar="T", help="whose: 1 to 40 of a-z, 0-9 and -")


def _print(settings: WebhookSettings, deployment: Deployment) -> None:
    now = datetime.now(UTC)
    rows = [("url", harmless(settings.url) if settings.url else "none"), ("events", ", ".join(settings.events or ["all"]))]
    rows += [("enabled", "yes" if settings.enabled else "no")]
    if settings.disabled_at is not None:
        rows += [("given up", f"{settings.disabled_for}, since {when(settings.disabled_at, now)}")]
    if settings.failing_since is not None:
        rows += [("failing", f"since {when(settings.failing_since, now)}")]
    keys = stores.webhook_keys(deployment)
    for version, until in settings.valid_versions(now):
        pair = keys.of(settings.tenant, version)
        ends = f"until {when(until, now)}" if until else "present"
        rows += [(f"version {version}", ends), ("  v1", pair.shown_secret), ("  v1a", pair.shown_public)]
    print(aligned(rows))
