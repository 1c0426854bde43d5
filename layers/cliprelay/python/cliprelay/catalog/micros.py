"""Amounts of money: integers of micro-dollars inside, strings of US dollars with four decimals outside."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from cliprelay.catalog.pricing import CENT_PART

MICROS = 1_000_000


def micros(usd: Decimal) -> int:
    """Convert US dollars to micro-dollars, rounded to the nearest."""
    return int((usd * MICROS).to_integral_value(ROUND_HALF_UP))


def usd(amount: int) -> str:
    """Format micro-dollars as US dollars with four decimals."""
    return str((Decimal(amount) / MICROS).quantize(CENT_PART))


def usd_at_most(amount: int) -> str:
    """Format micro-dollars as US dollars with four decimals, rounded up: a limit of so much is enough."""
    return str((Decimal(amount) / MICROS).quantize(CENT_PART, ROUND_CEILING))


def price_in_micros(tokens: int, usd_per_million: Decimal) -> int:
    """Calculate the price of a number of tokens, which is their number times the price of a million of them in dollars."""
    return micros(usd_per_million * tokens / MICROS)
