"""A plain terminal: it knows the carriage return and the newline, scrolls, and cuts what is too long for a line."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tools.pictures.capture import Written

# Seconds: waits are shortened, a new line takes time to be read, and the end stays for a while.
_FASTER, _LONGEST, _A_LINE, _LEAST, END = 3.0, 1.0, 0.25, 0.15, 6.0


class Frame(NamedTuple):
    """What is on the screen, line by line, and for how many seconds."""

    lines: tuple[str, ...]
    seconds: float


class Screen:
    """The last `rows` lines of what was written, each of at most so many columns."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns, self._rows = columns, rows
        self._lines, self._column = [""], 0

    def write(self, text: str) -> None:
        """Write text where the cursor is."""
        for letter in text:
            if letter == "\n":
                self._lines.append("")
            if letter in "\r\n":
                self._column = 0
            else:
                line = self._lines[-1].ljust(self._column)
                self._lines[-1] = line[: self._column] + letter + line[self._column + 1 :]
                self._column += 1

    @property
    def lines(self) -> tuple[str, ...]:
        """Return what is on the screen."""
        return tuple(self._cut(line.rstrip()) for line in self._lines[-self._rows :])

    def _cut(self, line: str) -> str:
        return line if len(line) <= self._columns else f"{line[: self._columns - 1]}…"


def frames(written: Iterable[Written], columns: int, rows: int) -> list[Frame]:
    """Return what a viewer sees: each new line alone, so that a burst can be read, and waits in a third of their time."""
    screen, shown = Screen(columns, rows), list[Frame]()
    before = 0.0
    for piece in written:
        waited = min((piece.seconds - before) / _FASTER, _LONGEST)
        before = piece.seconds
        if shown:
            shown[-1] = Frame(shown[-1].lines, shown[-1].seconds + waited)
        for line in piece.text.replace("\r\n", "\n").splitlines(keepends=True):
            screen.write(line)
            shown.append(Frame(screen.lines, _A_LINE if line.endswith("\n") else 0.0))
    merged = list(_merged(shown))
    return [*merged[:-1], Frame(merged[-1].lines, END)]


def _merged(shown: Iterable[Frame]) -> Iterator[Frame]:
    """Join frames that are the same or too short to be seen; the later one of two is shown."""
    held: Frame | None = None
    for frame in shown:
        if held and held.lines != frame.lines and held.seconds >= _LEAST:
            yield held
            held = None
        held = Frame(frame.lines, frame.seconds + (held.seconds if held else 0.0))
    if held:
        yield held
