"""What became of each item of a restored table."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

# Said by every kind of item.
COPIED = "copied"
EXISTS = "not copied: the live table has it"
EXPIRED = "not copied: its retention is over"
AGAIN = "not copied: it changed meanwhile; run the command again"
UNKNOWN = "not copied: not an item of this version"


class Outcome(NamedTuple):
    """What became of one item: its kind, the result, and a line for the operator if it needs a person."""

    kind: str
    result: str
    note: str | None = None


@dataclass
class CopyReport:
    """The outcomes, counted, with the notes in their order."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.counts[outcome.kind, outcome.result] += 1
        if outcome.note:
            self.notes.append(outcome.note)

    @property
    def seen(self) -> int:
        """Return how many items were examined."""
        return self.counts.total()

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Yield the kind, the number and the result of each group of items, sorted."""
        yield from ((kind, str(number), result) for (kind, result), number in sorted(self.counts.items()))
