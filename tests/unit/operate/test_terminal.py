"""What the owner's terminal is shown of texts and times that others made."""

from datetime import timedelta

import pytest

from cliprelay.video.record import iso
from operate.terminal import aligned, harmless, span, when
from tests.support.makers import NOW


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert aligned([("a", "bb", "c"), ("long", "b", "")]) == "a     bb  c\nlong  b"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h"), (172_799, "47 h"), (172_800, "2 days"), (-3, "0 s")],
)
def test_a_span_is_told_in_the_unit_that_suits_it(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_time_says_how_far_away_it_is() -> None:
    past, future = NOW - timedelta(minutes=5), NOW + timedelta(hours=3)
    assert when(int(past.timestamp()), NOW) == "2026-11-22T05:55:00Z (5 min ago)"
    assert when(iso(future), NOW) == "2026-11-22T09:00:00Z (in 3 h)"


@pytest.mark.parametrize(
    "address",
    [
        "https://host.example/a.png?X-Amz-Signature=c0ffee",
        "https://c0ffee@host.example/",
        "s3://host.example/c0ffee",
        "HTTP://host.example#c0ffee",
    ],
)
def test_of_an_address_only_the_host_is_shown(address: str) -> None:
    shown = harmless(f"see {address} there")
    assert "c0ffee" not in shown
    assert "://host.example/... there" in shown


@pytest.mark.parametrize("trap", ["\x1b[2J", "\r", "\n", "\x9b31m", "\u202e", "\ud800", "\x07"])
def test_nothing_that_steers_a_terminal_comes_through(trap: str) -> None:
    shown = harmless(f"one{trap}two")
    assert shown.isprintable()
    assert shown.startswith("one")


def test_a_letter_that_the_terminal_cannot_show_is_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        encoding = "ascii"

    monkeypatch.setattr("sys.stdout", Plain())
    assert harmless("für") == "f\\xfcr"
