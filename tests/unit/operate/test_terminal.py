"""Formatting of columns, times and untrusted text for a terminal."""

from datetime import timedelta

import pytest

from cliprelay.video.record import iso
from operate.terminal import format_columns, format_duration, format_time, sanitize
from tests.support.makers import NOW


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert format_columns([("a", "bb", "c"), ("long", "b", "")]) == "a     bb  c\nlong  b"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h"), (172_799, "47 h"), (172_800, "2 days"), (-3, "0 s")],
)
def test_a_duration_is_shown_in_a_suitable_unit(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words


def test_a_time_includes_its_distance_from_now() -> None:
    past, future = NOW - timedelta(minutes=5), NOW + timedelta(hours=3)
    assert format_time(int(past.timestamp()), NOW) == "2026-11-22T05:55:00Z (5 min ago)"
    assert format_time(iso(future), NOW) == "2026-11-22T09:00:00Z (in 3 h)"


@pytest.mark.parametrize(
    "address",
    [
        "https://host.example/a.png?X-Amz-Signature=c0ffee",
        "https://c0ffee@host.example/",
        "s3://host.example/c0ffee",
        "HTTP://host.example#c0ffee",
    ],
)
def test_a_url_is_reduced_to_its_host(address: str) -> None:
    shown = sanitize(f"see {address} there")
    assert "c0ffee" not in shown
    assert "://host.example/... there" in shown


@pytest.mark.parametrize("trap", ["\x1b[2J", "\r", "\n", "\x9b31m", "\u202e", "\ud800", "\x07"])
def test_control_characters_are_removed(trap: str) -> None:
    shown = sanitize(f"one{trap}two")
    assert shown.isprintable()
    assert shown.startswith("one")


def test_a_character_outside_the_terminals_encoding_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        encoding = "ascii"

    monkeypatch.setattr("sys.stdout", Plain())
    assert sanitize("für") == "f\\xfcr"
