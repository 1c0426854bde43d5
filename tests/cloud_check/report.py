"""The report in Markdown: every check with its evidence, nothing that names an account."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from tests.cloud_check.registry import Stage
from tests.cloud_check.run import Outcome, Run

# In the table, so that a failure is found at once.
_SHOWN = {"passed": "passed", "failed": "**FAILED**", "skipped": "skipped"}
# An account's number stands in every ARN and in many URLs.
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
# The first part of an API's host name is its id, and that of a bucket often the stack's name.
_HOSTS = re.compile(r"[\w.-]+(?=\.(?:execute-api|s3)\.[\w.-]*amazonaws\.com)")
# Long enough not to be an ordinary word.
_LEAST_SECRET = 6


def redact(text: str, private: Iterable[str]) -> str:
    """Replace account ids, host names, keys and whatever else the run calls private."""
    for word in sorted({word for word in private if len(word) >= _LEAST_SECRET}, key=len, reverse=True):
        text = text.replace(word, "…")
    return _HOSTS.sub("…", _ACCOUNT.sub("…", text))


def line(outcome: Outcome) -> str:
    """Return one line for the terminal."""
    return f"{outcome.result:<8}{outcome.check.name}: {outcome.said} [{outcome.seconds:.1f} s]"


def summary(outcomes: Sequence[Outcome]) -> str:
    counts = Counter(outcome.result for outcome in outcomes)
    return ", ".join(f"{counts[result]} {result}" for result in _SHOWN)


def markdown(run: Run, outcomes: Sequence[Outcome], *, seconds: float, notes: Sequence[str] = ()) -> str:
    """Return the whole report."""
    lines = ["# Cloud check", "", f"{run.began:%Y-%m-%d}, against {run.target.name}: {summary(outcomes)}, {seconds / 60:.1f} minutes.", ""]
    lines += [f"- {note}" for note in notes] + [""] * bool(notes)
    for stage in Stage:
        rows = [outcome for outcome in outcomes if outcome.check.stage is stage and outcome.result != "skipped"]
        lines += _table(stage.value.capitalize(), ("check", "result", "evidence", "s"), [_row(outcome) for outcome in rows])
    skipped = [outcome for outcome in outcomes if outcome.result == "skipped"]
    lines += _table("Skipped", ("check", "reason"), [(outcome.check.name, outcome.said) for outcome in skipped])
    return redact("\n".join(lines).rstrip() + "\n", [*run.target.private, *run.secrets])


def _row(outcome: Outcome) -> tuple[str, ...]:
    return outcome.check.name, _SHOWN[outcome.result], outcome.said, f"{outcome.seconds:.0f}"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    lines = [f"## {title}", "", "| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return [*lines, *("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows), ""]


def _cell(text: str) -> str:
    """Return one line without a bar, which would end the cell."""
    return " ".join(text.split()).replace("|", "\\|")
