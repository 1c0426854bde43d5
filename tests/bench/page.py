"""The table of figures as text, and docs/reference/performance.md."""

from collections.abc import Iterable

from tests.bench.calls import calls_table, measure, units_table, walked, workflow_table
from tests.bench.prices import cents, flex_cost
from tests.bench.rows import Row
from tests.bench.walk import MINUTE_LONG, THREE_DAYS, WITH_POSTER
from tests.support.paths import ROOT

FOLDER = ROOT / "docs" / "reference"
PAGE, PICTURE = FOLDER / "performance.md", FOLDER / "poll-policies.png"

_HEAD = """\
<!-- Written by `make bench` (tests/bench/page.py); do not edit. -->

# Performance

What ClipRelay costs in time, calls and money, over an anchor: the least that anybody could do for the same. Nothing here ran in AWS.

`make bench` measures all of it in some minutes, prints it and writes this page; its exit status is 1 if a goal is missed.
`BENCH=calls` measures one part and writes nothing.
`.venv/bin/python -m tests.bench --compare CHECKOUT` measures another checkout, too.

- **Counts** are exact: the same on every machine and in every run. `make test` asserts that those of one video are the present ones;
  `make docs` writes them, too.
- **Ratios** (x1.2) are noisy to some 10 %, and rounded here. They are CPU seconds of the product over those of its anchor, both
  in turn, and the median of the pairs. Absolute times would only describe a machine."""

_METHOD = {
    "calls": "One video through the real handlers, the real state machine file and the tests' AWS in memory, on a virtual clock on which "
    "only waits take time: with an Idempotency-Key, a prompt of 1,000 characters, and an upstream that reports its progress. The API is "
    "warm, and the controls have been stored once; the steps have not read their secret yet.",
    "units": "From the bytes of every item before and after. A write counts its KB, twice in a transaction. An index counts the KB that it "
    "shows if they change, and both entries if a key changes. A condition on an item that is not written counts like a write.",
    "lists": "10,000 videos of one tenant, of which the oldest is wanted by its status.",
    "capacity": "The units of an index for a video, and the number of keys that 240 videos had in it: a partition takes 1,000 write units "
    "a second. A claim fails if others use the same item at each of its tries; a transaction is assumed to take 8 ms.",
    "policies": "Durations drawn with `python -m tests.bench --seed {seed} policies`, against a dynamic programme "
    "that knows the distribution. A poll itself takes no "
    "time. No distribution was measured at the upstream: these are assumptions.",
    "warm": "The API's handler in one process, with AWS answered where a connection would be opened. The product's own calls are made "
    "again by bare clients, turn by turn.",
    "cold": "A process each: import, then the first request, against `import boto3`, one client and one GetItem. "
    "`BENCH_PYTHON=python3.13` measures with another interpreter.",
}


def table(rows: Iterable[Row]) -> str:
    """Return all figures, as Markdown that reads well in a terminal, too."""
    lines = ["| measure | anchor | ours | ratio | goal |", "| --- | --- | ---: | ---: | ---: |"]
    for row in rows:
        missed = "" if row.is_reached else " **missed**"
        lines.append(f"| {row.name} | {row.anchor} | {row.shown} | {_ratio(row)} | {row.goal_shown}{missed} |")
    return "\n".join(lines)


def _ratio(row: Row) -> str:
    return f"x{row.ratio:.2f}" if row.kind == "count" and row.ratio is not None else ""


def comparison(rows: Iterable[Row], others: Iterable[Row]) -> str:
    """Return the figures of two checkouts side by side."""
    known = {row.name: row for row in others}
    lines = ["| measure | this checkout | the other | goal |", "| --- | ---: | ---: | ---: |"]
    for row in rows:
        other = known.get(row.name) or _same_subject(row, known.values())
        lines.append(f"| {row.name} | {row.shown} | {other.shown if other else ''} | {row.goal_shown} |")
    return "\n".join(lines)


def _same_subject(row: Row, others: Iterable[Row]) -> Row | None:
    """Return the figure of a schedule that has learned less."""
    subject = row.name.partition(", after ")[0]
    return next((other for other in others if other.name.partition(", after ")[0] == subject), None)


def counts() -> str:
    """Return the part of the page that is exact."""
    short, long, shown = walked(MINUTE_LONG), walked(THREE_DAYS), walked(WITH_POSTER)
    parts = "; ".join(f"{name} {cents(dollars)}" for name, dollars in flex_cost(long).items())
    return "\n\n".join(
        [
            _figures(measure()),
            workflow_table(short, shown, long),
            "Calls of the 60 s video, by the function that makes them:",
            calls_table(short),
            "Calls of the 60 s video with a poster:",
            calls_table(shown),
            "Calls of the 72 h video:",
            calls_table(long),
            "Units by table and index; *checked* are items of which a transaction only verifies a condition:",
            units_table(short, long),
            f"1,000 flex videos of 72 h cost, at the list prices of [money.md](../money.md#aws): {parts}.",
        ]
    )


def _figures(rows: Iterable[Row]) -> str:
    """Return figures with their goals; ratios are rounded, because the next run differs."""
    lines = ["| measure | anchor | ours | goal |", "| --- | --- | ---: | ---: |"]
    for row in rows:
        ours = f"x{row.ours:.1f}" if row.kind == "ratio" else row.shown
        lines.append(f"| {row.name} | {row.anchor} | {ours} | {row.goal_shown} |")
    return "\n".join(lines)


def performance_page(rows: Iterable[Row], seed: int) -> str:
    """Return the whole page; the part between the markers is written by `make docs`, too."""
    method = [f"| {part} | {text.format(seed=seed)} |" for part, text in _METHOD.items()]
    sections = {
        "Counts of one video": f"<!-- counted: counts -->\n{counts()}\n<!-- end -->",
        "Other figures": _figures(row for row in rows if row.part != "calls"),
        "Polling": f"The line is the optimum; small points are fixed intervals.\n\n![Polls and mean lateness]({PICTURE.name})",
        "How it is measured": "\n".join(["| part | method |", "| --- | --- |", *method]),
    }
    return "\n\n".join([_HEAD, *(f"## {title}\n\n{text}" for title, text in sections.items())]) + "\n"
