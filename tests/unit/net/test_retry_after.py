"""Retry-After as in RFC 9110 and as servers write it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.net.retry_after import retry_after
from tests.support.makers import NOW


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("1000000000", 1e9),
        ("9" * 400, 999_999_999_999),
        ("Sun, 22 Nov 2026 06:02:00 GMT", 120),
        ("Sun, 22 Nov 2026 05:00:00 GMT", 0),
        ("Sunday, 22-Nov-26 06:01:00 GMT", 60),
        ("Sun, 22 Nov 2026 06:01:00", 60),
        ("Sun, 22 Nov 2026 06:01:00 -0000", 60),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("Sun, 99 Nov 2026 99:99:99 GMT", None),
        ("Sun, 99 Nov 99999999 06:02:00 GMT", None),
        ("Mon, 1 Jan 2026 99999999999999999999:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_nothing_else(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@given(
    value=st.text(max_size=40)
    | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} (Jan|Dec) \d{1,5} \d{1,3}:\d\d:\d\d ([+-]\d{4}|GMT)", fullmatch=True)
)
def test_any_header_is_a_wait_of_zero_or_more_seconds_or_nothing(value: str) -> None:
    seconds = retry_after(value, datetime.now(UTC))
    assert seconds is None or seconds >= 0
