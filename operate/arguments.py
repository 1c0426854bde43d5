"""Read amounts of money and days from the command line."""

import argparse
import re
from datetime import date
from decimal import Decimal

from cliprelay.catalog.micros import micros
from cliprelay.tenants.period import ACCEPTED, Period, complaints_about, read_day

# Far more than anybody spends on videos by intention.
MOST_USD = 1_000_000
# Python also reads 1e3, 1_000, NaN, +5 and digits of other scripts.
_AMOUNT = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,4})?")


def usd_amount(text: str) -> int:
    """Read US dollars, from 0 to MOST_USD, as micro-dollars."""
    if not _AMOUNT.fullmatch(text) or Decimal(text) > MOST_USD:
        form = f"US dollars in plain digits, such as 25 or 12.50: from 0 to {MOST_USD}, with at most 4 decimals and no currency sign"
        raise argparse.ArgumentTypeError(f"must be {form}, not {text!r}")
    return micros(Decimal(text))


def day(text: str) -> date:
    """Read a day that exists."""
    found = read_day(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"must be {ACCEPTED}, not {text!r}")
    return found


def check(period: Period, parser: argparse.ArgumentParser) -> None:
    """End the command if a period cannot be asked for."""
    for complaint in complaints_about(period):
        parser.error(f"argument --from: {complaint['message'].replace('`to`', '--to')}")
