"""Format columns, times and untrusted text for a terminal, and ask there."""

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from cliprelay.video.record import iso
from operate.errors import CommandError

# A URL can carry a signature even in its path: show only the host.
_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*)://(?:[^/?#\s]*@)?([^/?#\s]*)\S*")
# Durations switch to the next larger unit only here, because 90 min says more than 1 h, and 47 h more than 1 day.
_UNITS = ((172_800, 86_400, "days"), (7_200, 3_600, "h"), (120, 60, "min"), (0, 1, "s"))


def confirm(question: str) -> None:
    """Ask at the terminal; raise CommandError unless the answer is yes, and where nobody can answer."""
    if not sys.stdin.isatty():
        raise CommandError("nothing was changed: confirmation needs a terminal; in scripts, use --yes")
    print(f"{question} Type yes:", end=" ", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise CommandError("nothing was changed")


def format_columns(rows: Sequence[Sequence[str]]) -> str:
    """Align rows in columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def sanitize(text: str) -> str:
    """Return untrusted text as one line without control characters, and with each URL reduced to its host."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    encoding = sys.stdout.encoding or "utf-8"
    return _ADDRESS.sub(r"\1://\2/...", line).encode(encoding, "backslashreplace").decode(encoding)


def format_time(moment: int | str, now: datetime) -> str:
    """Format epoch seconds or ISO 8601 as a time and its distance from now."""
    then = datetime.fromtimestamp(moment, UTC) if isinstance(moment, int) else datetime.fromisoformat(moment)
    away = (then - now).total_seconds()
    return f"{iso(then)} (in {format_duration(away)})" if away >= 1 else f"{iso(then)} ({format_duration(-away)} ago)"


def format_duration(seconds: float) -> str:
    """Format a duration in a suitable unit."""
    whole = max(round(seconds), 0)
    size, unit = next((size, unit) for least, size, unit in _UNITS if whole >= least)
    return f"{whole // size} {unit}"
