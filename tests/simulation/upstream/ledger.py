"""The upstream's own books: every task that it was paid for, whatever it answered."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from tests.support.http_wire import Request

# Each order's prompt carries the name of the intent, so that a paid task can be traced back to whoever ordered it.
INTENT = re.compile(r"intent-[0-9a-z-]+")


class Fate(StrEnum):
    """What becomes of a paid task."""

    SUCCEEDS = "succeeds"
    FAILS = "fails"
    MODERATED = "moderated"
    EXPIRES = "expires"
    CANCELED = "canceled"
    NEVER = "never ends"
    LOST = "lost"  # the upstream forgets it
    NO_LINK = "no link"  # done, but never with a link
    DEAD_LINKS = "dead links"  # done, but no link ever works


@dataclass
class PaidTask:
    """One line of the ledger."""

    id: str
    intent: str
    accepted_at: float
    visible_at: float
    ready_at: float
    fate: Fate
    how: str  # what was answered to the paid call
    asked: int = 0
    seen_done: bool = False
    # Answers that withheld the video, in a row: no such task, or done without a link.
    withheld: int = 0
    most_withheld: int = 0
    links: int = 0

    def withhold(self) -> None:
        self.withheld += 1
        self.most_withheld = max(self.most_withheld, self.withheld)


# Marks a task whose file is one that no check of form believes; the provider has no better one.
ODD = "-odd"


def is_odd(task_id: str) -> bool:
    return task_id.endswith(ODD)


@dataclass
class Ledger:
    """All paid tasks, in order."""

    tasks: dict[str, PaidTask] = field(default_factory=dict)

    def of(self, intent: str) -> list[PaidTask]:
        return [task for task in self.tasks.values() if task.intent == intent]


def intent_of(request: Request) -> str:
    """The intent that a paid call carries in its prompt."""
    found = INTENT.search(request.json()["prompt"])
    assert found, "a prompt without its intent"
    return found[0]
