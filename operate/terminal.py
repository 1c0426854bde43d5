"""What a terminal may be shown: aligned columns, times that people grasp, and foreign text without its traps."""

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from cliprelay.video.record import iso

# An address may be signed, in its path too: what stays is the host.
_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*)://(?:[^/?#\s]*@)?([^/?#\s]*)\S*")
# From how many seconds on a span is told in the next larger unit: 90 min say more than 1 h, and 47 h more than 1 day.
_UNITS = ((172_800, 86_400, "days"), (7_200, 3_600, "h"), (120, 60, "min"), (0, 1, "s"))


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows as columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def harmless(text: str) -> str:
    """Somebody else's text on one line: nothing that steers a terminal, and of each address the host alone."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    encoding = sys.stdout.encoding or "utf-8"
    return _ADDRESS.sub(r"\1://\2/...", line).encode(encoding, "backslashreplace").decode(encoding)


def when(moment: int | str, now: datetime) -> str:
    """A time of a record, epoch seconds or ISO 8601, and how far it is from now."""
    then = datetime.fromtimestamp(moment, UTC) if isinstance(moment, int) else datetime.fromisoformat(moment)
    away = (then - now).total_seconds()
    return f"{iso(then)} (in {span(away)})" if away >= 1 else f"{iso(then)} ({span(-away)} ago)"


def span(seconds: float) -> str:
    """A length of time in the unit that suits it."""
    whole = max(round(seconds), 0)
    size, unit = next((size, unit) for least, size, unit in _UNITS if whole >= least)
    return f"{whole // size} {unit}"
