"""What the command prints: results to standard output, everything else to standard error, and nothing that can steer a terminal."""

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from cliprelay_client.cli.cells import cell_len, set_cell_size, wrapped

# Of a table that is wider than the terminal, the last columns go first.
GAP = "  "
# Begins every error.
MARK = "cliprelay:"


def plain(text: object) -> str:
    """Replace control characters, because names and messages come from elsewhere."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(each) in ("Cc", "Cs") else each for each in str(text))


def width(stream: TextIO) -> int:
    """Return the columns of the terminal; a pipe has no end."""
    if not stream.isatty():
        return 10_000
    given = os.environ.get("COLUMNS", "")
    try:
        return int(given) if given.isdigit() and int(given) else os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return shutil.get_terminal_size().columns


def colored(text: str, code: str, stream: TextIO) -> str:
    """Color a text, unless the stream is no terminal or NO_COLOR is set."""
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\033[{code}m{text}\033[0m"


class Output:
    """Where the lines of one command go."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.is_quiet = as_json or not sys.stderr.isatty()

    def result(self, document: Any, lines: Sequence[object]) -> None:
        """Print the result: as JSON, or as lines."""
        text = json.dumps(document, ensure_ascii=False, indent=2) if self.as_json else "\n".join(_line(line) for line in lines)
        if text:
            sys.stdout.write(text.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8") + "\n")
            sys.stdout.flush()

    def note(self, text: str, command: str = "") -> None:
        """Tell a person something that no program needs."""
        if not self.is_quiet:
            say(text, command)

    def table(self, document: Any, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table that fits the terminal; a pipe gets fields between tabs."""
        cells = [[plain(cell) for cell in row] for row in rows]
        if not sys.stdout.isatty():
            self.result(document, ["\t".join(row) for row in cells])
        else:
            self.result(document, fitted([list(heads), *cells], width(sys.stdout)))


def readable(text: object) -> list[str]:
    """Break a sentence of a result between words where a terminal ends; a pipe gets one line."""
    return wrapped(plain(text), width(sys.stdout)).split("\n") if sys.stdout.isatty() else [str(text)]


def _line(text: object) -> str:
    """Return a line for a pipe or a terminal; tabs stand between fields."""
    return "\t".join(plain(each) for each in str(text).split("\t"))


def fitted(rows: Sequence[Sequence[str]], columns: int) -> list[str]:
    """Align a table, without the last columns that the terminal has no room for."""
    sizes, gap = [max(cell_len(row[place]) for row in rows) for place in range(len(rows[0]))], GAP
    while len(sizes) > 1 and sum(sizes) + len(gap) * (len(sizes) - 1) > columns:
        if sum(sizes) + len(sizes) - 1 <= columns:
            gap = " "
        else:
            sizes.pop()
    return [gap.join(set_cell_size(row[place], size) for place, size in enumerate(sizes)).rstrip() for row in rows]


def say(text: str, command: str = "") -> None:
    """Write a line to standard error, broken between words where a terminal ends; a command after it stays whole, to be copied."""
    line = f"{wrapped(plain(text), width(sys.stderr))}{f' {plain(command)}' if command else ''}"
    # Colored after it was broken, because colors take no columns.
    shown = f"{colored(MARK, '31', sys.stderr)}{line.removeprefix(MARK)}" if line.startswith(MARK) else line
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(f"{shown.encode(encoding, 'replace').decode(encoding)}\n")
    sys.stderr.flush()


def say_how_to_go_on(how: str) -> None:
    """Say what to do after an interruption: a command, or a sentence."""
    if how.startswith("cliprelay "):
        say("Go on with:", how)
    elif how:
        say(f"Go on with: {how}")


def usd(amount: object) -> str:
    """Show an amount as the API gives it, with four decimals."""
    return f"${amount}"


def facts(raw: Mapping[str, Any]) -> list[str]:
    """Describe a video in lines."""
    made, cost, error = raw.get("video") or {}, raw.get("cost") or {}, raw.get("error") or {}
    pairs = [
        ("id", raw.get("id")),
        ("status", raw.get("status")),
        ("progress", f"{raw['progress']} %" if raw.get("progress") is not None else None),
        ("error", f"{error.get('code')}: {error.get('message')}" if error else None),
        ("billed", raw.get("billed")),
        ("model", raw.get("model")),
        ("created", raw.get("created_at")),
        ("ended", raw.get("ended_at")),
        ("kept until", raw.get("kept_until")),
        ("cost", f"{usd(cost['usd'])}{' (estimated)' if cost.get('estimated') else ''}" if "usd" in cost else None),
        ("bytes", made.get("bytes")),
        ("sha256", made.get("sha256")),
        ("link", made.get("link")),
        ("prompt", (raw.get("request") or {}).get("prompt")),
        *((f"warning {each.get('code')}", each.get("message")) for each in raw.get("warnings") or []),
    ]
    return [f"{name:<11} {plain(value)}" for name, value in pairs if value is not None]
