"""Amounts and days on the command line: what is not one is refused in one sentence."""

import argparse
from datetime import date

import pytest

from operate.arguments import MOST_USD, day, usd_amount


@pytest.mark.parametrize(
    ("text", "micros"), [("0", 0), ("25", 25_000_000), ("12.50", 12_500_000), ("0.0001", 100), (str(MOST_USD), MOST_USD * 1_000_000)]
)
def test_an_amount_is_read_exactly(text: str, micros: int) -> None:
    assert usd_amount(text) == micros


SIGNS = ["$5", "5$", "5 USD", "€5", "+5", "-5"]
NUMBERS = ["NaN", "nan", "inf", "Infinity", "1e3", "1_000", "1,000", "1.", ".5", " 5", "", "0.00001", "1000001", "99999999999", "\u0665"]


@pytest.mark.parametrize("text", [*SIGNS, *NUMBERS])
def test_what_is_not_an_amount_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        usd_amount(text)
    message = str(refused.value)
    assert message.startswith("must be US dollars in plain digits, such as 25 or 12.50: from 0 to 1000000")
    assert message.endswith(f"not {text!r}")
    assert "\n" not in message


def test_a_day_is_one_that_exists() -> None:
    assert day("2026-11-27") == date(2026, 11, 27)
    with pytest.raises(argparse.ArgumentTypeError, match="must be a UTC day such as 2026-11-27, not '2026-02-30'"):
        day("2026-02-30")
