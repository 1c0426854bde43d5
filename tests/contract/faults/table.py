"""The fault table: all faults that are tried at the three connections to the upstream; docs/reference/faults.md shows it."""

from collections.abc import Iterator

from tests.contract.faults import any_call, json_bodies, media, poll, submit
from tests.contract.faults.rows import Endpoint, Row

ROWS: tuple[Row, ...] = tuple(row for module in (any_call, json_bodies, submit, poll, media) for row in module.rows())

_TITLES = {Endpoint.SUBMIT: "The paid call", Endpoint.POLL: "The poll", Endpoint.VIDEO: "The video URL"}
_INTRODUCTION = """\
# Faults of the upstream

Each line is a fault that a test plays over a real socket, against the real client and the real step, with the outcome that it must have.

## How to read it

- **status** is what the API shows right after the step.
- **code** is `error.code` of the video; for a queued video the code of its warning; otherwise a code or a sentence in the log alone.
- **money** is what the upstream's ledger contains. *not charged*: no task. *charged once*: one task, whose id is stored; whether the
  upstream bills a task that it failed is its own rule. *not known*: perhaps one task, and the video says so.
- **what happens next** is the step's answer to the workflow. Each video then continued without the fault, through an open breaker if
  there was one: an open video succeeded with one paid task; one that had ended, or was in doubt, stayed as it was and paid nothing more.

In no case did an exception leave the step, and no key, signed link or image reached a log line or an error.

One thing cannot be detected: a refusal is believed. If an upstream answers 429, or 503 with a word about its load, and accepts the
task all the same, it is paid again.
"""


def page() -> str:
    """Return docs/reference/faults.md without its first line."""
    counts = ", ".join(f"{len(rows_at(endpoint))} at the {endpoint}" for endpoint in Endpoint)
    parts = [_INTRODUCTION, f"{len(ROWS)} faults: {counts}.\n"]
    return "\n".join([*parts, *("\n".join(_table(endpoint)) for endpoint in Endpoint)]) + "\n"


def rows_at(endpoint: Endpoint) -> list[Row]:
    """Yield the faults of one endpoint."""
    return [row for row in ROWS if row.endpoint is endpoint]


def _table(endpoint: Endpoint) -> Iterator[str]:
    yield f"## {_TITLES[endpoint]}\n"
    yield "| fault | status | code | money | what happens next |"
    yield "| --- | --- | --- | --- | --- |"
    for row in rows_at(endpoint):
        expected = row.expected
        code = f"`{expected.code}`" if expected.code else ""
        yield f"| {row.fault} | `{expected.status}` | {code} | {expected.money} | {_next(row)} |"
    yield ""


def _next(row: Row) -> str:
    wait = f" after {row.expected.wait} s" if row.expected.wait else ""
    match row.expected.then, row.endpoint:
        case "submit", _:
            said = f"Submit again{wait}"
        case "wait", Endpoint.SUBMIT:
            said = f"Poll{wait}"
        case "wait", Endpoint.POLL:
            said = f"Poll again{wait}"
        case "wait", _:
            said = f"Poll{wait}, for a fresh link"
        case "archive", _:
            said = "Archive"
        case _:
            said = "Notify; then the owner decides" if row.expected.status == "unconfirmed" else "Notify"
    return f"{said}; ends as `{row.end}`" if row.end else said
