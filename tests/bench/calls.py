"""The counts of a video that takes a minute and of one that takes three days: calls, units, transitions, polls, cost."""

from collections.abc import Iterator
from functools import cache

from tests.bench.prices import flex_cost
from tests.bench.rows import Row
from tests.bench.walk import MINUTE_LONG, THREE_DAYS, WITH_POSTER, Order, Walked, walk

# With a record for every poll and nothing read twice: POST 2, Submit 3, 8 polls of one call and one that moves, Archive 3, Notify 3.
LEAST_CALLS = 20
# AWS's sample of a polling loop: Wait, the call, Choice, and a Lambda state around them.
SAMPLE_TRANSITIONS = 4
STEPS = ("api", "submit", "poll", "archive", "thumbnail", "notify")


@cache
def walked(order: Order) -> Walked:
    """Return the counts of an order; they are the same each time."""
    return walk(order)


def measure() -> Iterator[Row]:
    """Count both videos."""
    short, long, shown = walked(MINUTE_LONG), walked(THREE_DAYS), walked(WITH_POSTER)
    calls, transitions = sum(short.calls.values()), short.transitions
    yield Row("calls", "AWS calls of a 60 s video, POST included", "the least imaginable", calls, 26, anchor_figure=LEAST_CALLS)
    yield Row("calls", "write units of a 60 s video", "", sum(short.writes.values()), 55)
    sample = f"{SAMPLE_TRANSITIONS} a poll in the AWS sample"
    yield Row("calls", "transitions of a 60 s video", sample, transitions, 23, anchor_figure=SAMPLE_TRANSITIONS * short.polls)
    yield Row("calls", "AWS calls that a poster adds", "", sum(shown.calls.values()) - calls)
    yield Row("calls", "write units that a poster adds", "", sum(shown.writes.values()) - sum(short.writes.values()))
    yield Row("calls", "transitions that a poster adds", "", shown.transitions - transitions)
    yield Row("calls", "polls of a 60 s video", "", short.polls)
    yield Row("calls", "polls of a 72 h flex video", "", long.polls)
    yield Row("calls", "transitions of a 72 h flex video", "", long.transitions)
    yield Row("calls", "write units of a 72 h flex video", "", sum(long.writes.values()))
    cost = sum(flex_cost(long).values())
    yield Row("calls", "AWS cost of 1,000 flex videos of 72 h", "the videos themselves, $30 to $130", cost, 5, unit="$", anchor_figure=30)


def calls_table(one: Walked) -> str:
    """Return the calls by operation and step, as Markdown."""
    steps = [step for step in STEPS if one.of_step(step)]
    lines = [f"| operation | {' | '.join(steps)} | all |", f"| --- |{' ---: |' * (len(steps) + 1)}"]
    for operation, count in sorted(one.operations.items()):
        cells = [str(one.calls.get((step, operation), "")) for step in steps]
        lines.append(f"| {operation} | {' | '.join(cells)} | {count} |")
    sums = [str(sum(one.of_step(step).values())) for step in steps]
    return "\n".join([*lines, f"| **all** | {' | '.join(sums)} | **{sum(one.calls.values())}** |"])


def units_table(*walks: Walked) -> str:
    """Return write and read units by table and index, as Markdown."""
    lines = [f"| units | {' | '.join(one.order.name for one in walks)} |", f"| --- |{' ---: |' * len(walks)}"]
    for kind in ("writes", "reads"):
        counts = [getattr(one, kind) for one in walks]
        for name in sorted({name for each in counts for name in each}):
            lines.append(f"| {kind}, {name} | {' | '.join(f'{each.get(name, 0):,g}' for each in counts)} |")  # noqa: PERF401
        lines.append(f"| **{kind}** | {' | '.join(f'**{sum(each.values()):,g}**' for each in counts)} |")
    return "\n".join(lines)


def workflow_table(*walks: Walked) -> str:
    """Return polls, transitions, history events and invocations, as Markdown."""
    figures = [
        ("polls", lambda one: one.polls),
        ("transitions", lambda one: one.transitions),
        ("history events", lambda one: one.events),
        ("invocations", lambda one: sum(one.invocations.values())),
        ("AWS calls", lambda one: sum(one.calls.values())),
    ]
    lines = [f"| a video of | {' | '.join(one.order.name for one in walks)} |", f"| --- |{' ---: |' * len(walks)}"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(f'{count(one):,}' for one in walks)} |" for name, count in figures)])
