"""A terminal redraws lines, scrolls and cuts; a recording shows bursts line by line and waits in a third of their time."""

import pytest

from tools.pictures.capture import Written
from tools.pictures.screen import END, Frame, Screen, frames


def _lines(text: str, columns: int = 20, rows: int = 3) -> tuple[str, ...]:
    screen = Screen(columns, rows)
    screen.write(text)
    return screen.lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one\ntwo", ("one", "two")),
        ("one\r\ntwo\r\n", ("one", "two", "")),
        ("10 %\r99 %", ("99 %",)),
        ("100 %\r7", ("700 %",)),
        ("a\nb\nc\nd", ("b", "c", "d")),
        ("x" * 21, ("x" * 19 + "…",)),
        ("x" * 20, ("x" * 20,)),
        ("", ("",)),
        ("end   ", ("end",)),
    ],
)
def test_a_screen_shows_what_a_terminal_would(text: str, lines: tuple[str, ...]) -> None:
    assert _lines(text) == lines


def _frames(*written: tuple[float, str]) -> list[Frame]:
    return frames([Written(*each) for each in written], 20, 3)


def test_a_burst_comes_line_by_line() -> None:
    shown = _frames((0.0, "one\r\ntwo\r\n"))
    assert [frame.lines for frame in shown] == [("one", ""), ("one", "two", "")]


def test_a_wait_takes_a_third_of_its_time_and_never_long() -> None:
    short, long = _frames((0.0, "one\n"), (1.5, "two\n")), _frames((0.0, "one\n"), (100.0, "two\n"))
    line = _frames((0.0, "one\n"), (0.0, "two\n"))[0].seconds
    assert (short[0].seconds - line, long[0].seconds - line) == (0.5, 1.0)


def test_a_line_that_is_redrawn_faster_than_one_can_see_loses_states_but_not_the_last() -> None:
    bar = [(number / 10, f"\r{number} %") for number in range(20)]
    shown = _frames(*bar, (3.0, "\nend\n"))
    assert len(shown) < 10
    assert "19 %" in [frame.lines[0] for frame in shown]
    assert all(frame.seconds >= 0.1 for frame in shown)


def test_the_end_stays_for_a_while() -> None:
    assert _frames((0.0, "one\n"), (1.0, "two\n"))[-1] == Frame(("one", "two", ""), END)
