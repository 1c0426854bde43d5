"""`budgets`: set, show and clear what tenants and their API keys may spend in a day and a month."""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cliprelay.catalog.micros import usd
from cliprelay.tenants.api_keys import CACHE_SECONDS
from cliprelay.tenants.budgets import Budget, BudgetTable, Limits, Use, resets_at
from cliprelay.video.spend import EVERY_TENANT, Scope
from operate import stores
from operate.arguments import usd_amount
from operate.commands.keys import name_of_key, tenant_name
from operate.deployment import Deployment
from operate.parser import add_command, add_group
from operate.terminal import format_columns

_WHOSE = "the budget's tenant: 1 to 40 of a-z, 0-9 and -"
_HEAD = ("tenant", "key", "per", "limit", "used", "reserved", "in doubt", "left", "resets at")


def register(subparsers: Any) -> None:
    """Register the `budgets` commands."""
    commands = add_group(subparsers, "budgets", "set, show and clear the most that tenants and their keys may spend")
    epilog = "A limit that is not named stays as it is. Orders that do not fit are refused with 402 budget_exceeded.\n"
    epilog += "Example:\n  .venv/bin/python -m operate budgets set --tenant acme --day 20 --month 300"
    parser = add_command(commands, "set", put, purpose="limit what a tenant, a key or every tenant may spend", epilog=epilog)
    _add_scope(parser)
    parser.add_argument("--day", type=usd_amount, metavar="USD", help="the most in a UTC day; 0 refuses every order")
    parser.add_argument("--month", type=usd_amount, metavar="USD", help="the most in a UTC month; 0 refuses every order")

    epilog = "`used` includes what is reserved by open videos and what is in doubt.\n"
    epilog += "Example:\n  .venv/bin/python -m operate budgets show --tenant acme"
    parser = add_command(commands, "show", show, purpose="show the budgets and what they have used", epilog=epilog)
    parser.add_argument("--tenant", type=tenant_name, metavar="T", help="only this tenant's budgets")

    epilog = "What was spent stays counted. Example:\n  .venv/bin/python -m operate budgets clear --tenant acme --key-name shop"
    parser = add_command(commands, "clear", clear, purpose="remove the limits of a tenant, a key or every tenant", epilog=epilog)
    _add_scope(parser)


def put(args: argparse.Namespace, deployment: Deployment) -> None:
    if args.day is None and args.month is None:
        args.parser.error("at least one of --day and --month is required; `budgets clear` removes limits")
    table, scope = stores.budgets(deployment), _scope(args)
    before = table.get(scope).limits
    table.set_limits(scope, Limits(_either(args.day, before.day), _either(args.month, before.month)))
    _tell(scope)
    print(_table(table, [table.get(scope)]))


def clear(args: argparse.Namespace, deployment: Deployment) -> None:
    table, scope = stores.budgets(deployment), _scope(args)
    if not table.get(scope).limits.exist:
        print(f"Nothing to do: {_name(scope)} has no limit of its own.")
        return
    table.set_limits(scope, Limits())
    print(f"{_name(scope)[0].upper()}{_name(scope)[1:]} has no limit of its own any more.")
    _tell(scope)


def show(args: argparse.Namespace, deployment: Deployment) -> None:
    table = stores.budgets(deployment)
    found = table.of_tenant(args.tenant) if args.tenant else sorted(table.every(), key=lambda each: (each.scope.tenant, each.scope.key))
    if found:
        print(_table(table, found))
        return
    whose = f"of tenant {args.tenant} " if args.tenant else ""
    command = deployment.command("budgets set --tenant T --day USD")
    print(f"There is no budget {whose}in {deployment}; set one with `{command}`.", file=sys.stderr)


def _add_scope(parser: argparse.ArgumentParser) -> None:
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--tenant", type=tenant_name, metavar="T", help=_WHOSE)
    whose.add_argument("--default", action="store_true", help="every tenant without limits of its own, each for itself")
    parser.add_argument("--key-name", type=name_of_key, metavar="N", help="only the tenant's keys of this name")


def _scope(args: argparse.Namespace) -> Scope:
    if args.default and args.key_name:
        args.parser.error("--key-name requires --tenant")
    return Scope(args.tenant or EVERY_TENANT, args.key_name)


def _either(given: int | None, before: int | None) -> int | None:
    return before if given is None else given


def _name(scope: Scope) -> str:
    if scope.tenant == EVERY_TENANT:
        return "the default budget"
    return f"tenant {scope.tenant}" if scope.key_name is None else f"the key {scope.key_name} of tenant {scope.tenant}"


def _tell(scope: Scope) -> None:
    print(f"It holds for every order within {CACHE_SECONDS} seconds.", file=sys.stderr)


def _table(table: BudgetTable, budgets: list[Budget]) -> str:
    fallback, now = table.get(Scope(EVERY_TENANT)).limits, datetime.now(UTC)
    return format_columns([_HEAD, *(row for budget in budgets for row in _rows(budget, fallback, now))])


def _rows(budget: Budget, fallback: Limits, now: datetime) -> Iterator[tuple[str, ...]]:
    is_default, own = budget.scope.tenant == EVERY_TENANT, budget.limits.exist
    inherits = not own and budget.scope.key_name is None
    limits = fallback if inherits else budget.limits
    whose = ("(default)" if is_default else budget.scope.tenant, budget.scope.key_name or "-")
    for per, use, limit in zip(("day", "month"), budget.at(now), limits, strict=True):
        shown = "none" if limit is None else f"{usd(limit)}{' (default)' if inherits and not is_default else ''}"
        yield (*whose, per, shown, *(("-",) * 5 if is_default else _use(use, limit)))


def _use(use: Use, limit: int | None) -> tuple[str, ...]:
    left = "-" if limit is None else usd(max(0, limit - use.used))
    return usd(use.used), usd(use.reserved), usd(use.doubtful), left, resets_at(use.period)
