"""Print the demo's headings, facts and progress bar."""

import sys
import time

BAR = 30
# In a file, print one line per status instead of redrawing the bar.
_LIVE = sys.stdout.isatty()


class DemoError(Exception):
    """The demo did not finish; the message says why."""


class ProgressBar:
    """One line per status, with a bar that grows during the status."""

    def __init__(self) -> None:
        self._began, self._status = time.monotonic(), ""

    def show(self, status: str, percent: int) -> None:
        """Redraw the current status, or start the line of a new one."""
        if status != self._status and self._status and _LIVE:
            print()
        if status == self._status and not _LIVE:
            return
        self._status = status
        filled = round(BAR * percent / 100)
        line = f"  {time.monotonic() - self._began:5.1f} s  {status:<11} [{'#' * filled}{'.' * (BAR - filled)}] {percent:3d} %"
        print(f"\r{line}" if _LIVE else line, end="" if _LIVE else "\n", flush=True)

    def end(self) -> None:
        """End the bar's line."""
        if _LIVE:
            print()


def print_heading(text: str) -> None:
    """Print the heading of a step."""
    print(f"\n== {text}", flush=True)


def print_fact(name: str, value: object) -> None:
    """Print a name and its value."""
    print(f"  {name:<10} {value}", flush=True)


def print_quote(text: str) -> None:
    """Print quoted text, indented."""
    print("\n".join(f"  | {line}" for line in text.strip().splitlines()), flush=True)
