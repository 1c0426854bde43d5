"""The fault table: everything that was tried at the three doors to the upstream; docs/reference/faults.md is written from it.

.venv/bin/python -m tests.contract.faults.table > docs/reference/faults.md
"""

import sys
from collections.abc import Iterator

from tests.contract.faults import any_call, json_bodies, media, poll, submit
from tests.contract.faults.rows import Door, Row

ROWS: tuple[Row, ...] = tuple(row for module in (any_call, json_bodies, submit, poll, media) for row in module.rows())

_TITLES = {Door.SUBMIT: "The paid call", Door.POLL: "The question", Door.VIDEO: "The video URL"}
_INTRODUCTION = """\
# What the upstream can do to you

Every line is a fault that a test plays over a real socket, against the real client and the real step, and what must be left behind.
This page is written by `.venv/bin/python -m tests.contract.faults.table`; `make test` plays the faults and compares the page.

## How to read it

- **status** is what the API shows right after the step.
- **code** is what stands in `error.code`, for a queued video in its warning, for any other in the log alone: a code there, or a sentence.
- **money** is what the upstream's books hold: *not charged*: no task; *charged once*: one task, whose id we hold, and what the upstream
  bills for a task that it failed is its own rule; *not known*: perhaps one, and the video says so.
- **what happens next** is the step's answer to the workflow. Each video was then led on without the fault, through an open breaker if
  there was one: what was open succeeded with one paid task; what had ended, or was in doubt, stayed as it was and paid nothing more.

In no case did an exception leave the step, and no key, signed link or picture got into a log line or an error.

One thing cannot be seen from here: a refusal is believed. An upstream that answers 429, or 503 with a word about its load, and took the
task all the same, is paid again.
"""


def page() -> str:
    """docs/reference/faults.md."""
    counts = ", ".join(f"{len(rows_at(door))} at the {door}" for door in Door)
    parts = [_INTRODUCTION, f"{len(ROWS)} faults: {counts}.\n"]
    return "\n".join([*parts, *("\n".join(_table(door)) for door in Door)]) + "\n"


def rows_at(door: Door) -> list[Row]:
    """The faults of one door."""
    return [row for row in ROWS if row.door is door]


def _table(door: Door) -> Iterator[str]:
    yield f"## {_TITLES[door]}\n"
    yield "| fault | status | code | money | what happens next |"
    yield "| --- | --- | --- | --- | --- |"
    for row in rows_at(door):
        expected = row.expected
        code = f"`{expected.code}`" if expected.code else ""
        yield f"| {row.fault} | `{expected.status}` | {code} | {expected.money} | {_next(row)} |"
    yield ""


def _next(row: Row) -> str:
    wait = f" after {row.expected.wait} s" if row.expected.wait else ""
    match row.expected.then, row.door:
        case "submit", _:
            said = f"Submit again{wait}"
        case "wait", Door.SUBMIT:
            said = f"Poll{wait}"
        case "wait", Door.POLL:
            said = f"Poll again{wait}"
        case "wait", _:
            said = f"Poll{wait}, for a fresh link"
        case "archive", _:
            said = "Archive"
        case _:
            said = "Notify; then the owner decides" if row.expected.status == "unconfirmed" else "Notify"
    return f"{said}; ends as `{row.end}`" if row.end else said


if __name__ == "__main__":
    sys.stdout.write(page())
