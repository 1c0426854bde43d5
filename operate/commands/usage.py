"""`usage`: what tenants have used, from the counters, and whether the counters agree with the records."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from cliprelay.catalog.micros import usd
from cliprelay.tenants.period import MOST_DAYS, Period, period_of
from cliprelay.tenants.usage import WAYS, By, Counts, grouped, total
from operate import stores
from operate.arguments import check, day
from operate.commands.keys import tenant_name
from operate.deployment import Deployment
from operate.parser import add_command
from operate.recount import Difference, Recount
from operate.terminal import format_columns

EPILOG = """\
Amounts belong to the UTC day on which a video was accepted.
examples:
  .venv/bin/python -m operate usage --tenant acme --from 2026-11-01 --by model
  .venv/bin/python -m operate usage recount"""
_COLUMNS = ("videos", "seconds", "tokens", "reserved USD", "settled USD", "in doubt USD")


def register(subparsers: Any) -> None:
    """Register the command."""
    parser = add_command(subparsers, "usage", usage, purpose="show what tenants have used, from the counters alone", epilog=EPILOG)
    recount = "compare the counters with the records of the days for which all records are kept"
    parser.add_argument("what", nargs="?", choices=["recount"], metavar="recount", help=recount)
    parser.add_argument("--tenant", type=tenant_name, metavar="T", help="only this tenant's videos (default: all tenants that have a key)")
    parser.add_argument("--from", dest="first", type=day, metavar="DAY", help="the first UTC day (default: the first of the month of --to)")
    parser.add_argument("--to", type=day, metavar="DAY", help=f"the last UTC day, at most {MOST_DAYS} days from the first (default: today)")
    parser.add_argument("--by", choices=WAYS, help=f"what a line is for: {', '.join(WAYS)} (default: day)")


def usage(args: argparse.Namespace, deployment: Deployment) -> None:
    if args.what is None:
        show(args, deployment)
    elif any((args.tenant, args.first, args.to, args.by)):
        args.parser.error("recount takes no other option: it compares all counters")
    else:
        recount(deployment)


def show(args: argparse.Namespace, deployment: Deployment) -> None:
    period = period_of({name: value for name, value in (("from", args.first), ("to", args.to)) if value}, datetime.now(UTC))
    check(period, args.parser)
    table, by = stores.usage(deployment), cast("By", args.by or "day")
    tenants = [args.tenant] if args.tenant else sorted({key.tenant for key in stores.keys(deployment).list()})
    rows = [(tenant, name, counts) for tenant in tenants for name, counts in grouped(table.of(tenant, period), by).items()]
    if not rows:
        print(f"Nothing was used from {period.first} to {period.last}.", file=sys.stderr)
        return
    print(_table(rows, by))


def recount(deployment: Deployment) -> None:
    first = datetime.now(UTC).date() - stores.retention(deployment) + timedelta(days=1)
    counted = Recount(stores.videos(deployment), stores.usage(deployment)).run(Period(first, datetime.now(UTC).date()))
    for each in counted.differences:
        print(_difference(each))
    records = f"{counted.videos} records of {counted.counters} counters since {first}"
    left_out = f"; {counted.left_out} records of earlier versions are not counted" if counted.left_out else ""
    print(f"{len(counted.differences)} differences in {records}{left_out}.")


def _table(rows: Sequence[tuple[str, str, Counts]], by: str) -> str:
    lines = [("tenant", by, *_COLUMNS), *((tenant, name, *_shown(counts)) for tenant, name, counts in rows)]
    if len(rows) > 1:
        lines.append(("total", "", *_shown(total(counts for _, _, counts in rows))))
    return format_columns(lines)


def _shown(counts: Counts) -> tuple[str, ...]:
    amounts = (counts.reserved, counts.settled, counts.doubtful)
    return (str(counts.videos), str(counts.seconds), str(counts.tokens), *map(usd, amounts))


def _difference(each: Difference) -> str:
    values = ", ".join(f"{name} {counter} counted, {records} in records" for name, (counter, records) in each.values.items())
    return f"tenant {each.tenant}, {each.day}, {each.model}, key {each.key}: {values}"
