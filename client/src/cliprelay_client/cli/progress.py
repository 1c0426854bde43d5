"""One line that is redrawn: state, bar, percent, time, price."""

import sys
import time
from collections.abc import Callable

from cliprelay_client.api.errors import Unreachable
from cliprelay_client.cli.cells import cell_len, set_cell_size
from cliprelay_client.cli.output import plain, width

SMALLEST_BAR, LARGEST_BAR = 6, 40


class Progress:
    """A progress line on a terminal; nothing if there is none, or if the command is quiet."""

    def __init__(self, *, is_shown: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.is_shown, self._clock = is_shown and sys.stderr.isatty(), clock
        self._began, self._last = clock(), ("", 0.0, "")

    def show(self, state: str, share: float, right: str = "") -> None:
        """Draw the line again."""
        self._last = (state, share, right)
        if not self.is_shown:
            return
        sys.stderr.write(f"\r\033[K{line(state, share, self._passed(), right, width(sys.stderr) - 1)}")
        sys.stderr.flush()

    def tick(self) -> None:
        """Draw the same again, so that the time is seen to pass."""
        self.show(*self._last)

    def trouble(self, error: Exception) -> None:
        """Show that the server does not answer, or has no time, where the state was."""
        self.show("no answer" if isinstance(error, Unreachable) else "busy", *self._last[1:])

    def clear(self) -> None:
        """Erase the line before something else is printed."""
        if self.is_shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def _passed(self) -> str:
        seconds = int(self._clock() - self._began)
        return f"{seconds // 60}:{seconds % 60:02d}"


def line(state: str, share: float, passed: str, right: str, columns: int) -> str:
    """Compose the line; in a narrow terminal first the bar goes, then what stands at the right."""
    share = min(max(share, 0.0), 1.0)
    left, percent = f"{plain(state):<10}", f"{int(share * 100):3d} %"
    for tail in (f"{percent}  {passed}  {right}".rstrip(), f"{percent}  {passed}", percent):
        room = columns - cell_len(left) - cell_len(tail) - 4
        if room >= SMALLEST_BAR:
            bar = min(room, LARGEST_BAR)
            done = int(bar * share)
            return f"{left} [{'#' * done}{'.' * (bar - done)}] {tail}"
    return set_cell_size(f"{left} {percent}", max(columns, 1)).rstrip()
