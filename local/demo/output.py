"""What the demo prints: steps, a progress bar, facts."""

import sys
import time

BAR = 30
# Where the output is a file, a bar on every change would fill it; one line per status is enough there.
_LIVE = sys.stdout.isatty()


class DemoFailed(Exception):
    """The demo did not reach its end; the text says where it stopped."""


class Progress:
    """One line per status, with a bar that grows while the status lasts."""

    def __init__(self) -> None:
        self._began, self._status = time.monotonic(), ""

    def show(self, status: str, percent: int) -> None:
        """Redraw the line of the present status, or begin the next one."""
        if status != self._status and self._status and _LIVE:
            print()
        if status == self._status and not _LIVE:
            return
        self._status = status
        filled = round(BAR * percent / 100)
        line = f"  {time.monotonic() - self._began:5.1f} s  {status:<11} [{'#' * filled}{'.' * (BAR - filled)}] {percent:3d} %"
        print(f"\r{line}" if _LIVE else line, end="" if _LIVE else "\n", flush=True)

    def end(self) -> None:
        """Leave the bar's line."""
        if _LIVE:
            print()


def heading(text: str) -> None:
    """A step of the demo."""
    print(f"\n== {text}", flush=True)


def fact(name: str, value: object) -> None:
    """A name and what was found for it."""
    print(f"  {name:<10} {value}", flush=True)


def quote(text: str) -> None:
    """Somebody else's text, set off."""
    print("\n".join(f"  | {line}" for line in text.strip().splitlines()), flush=True)
