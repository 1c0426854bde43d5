"""The counted figures of docs/money.md and docs/reference/performance.md, and the sum that README.md quotes, from the walks of tests/bench.

A block stands between `<!-- counted: NAME -->` and `<!-- end -->`; the rest of the page is written by hand.
"""

import re
from pathlib import Path

from tests.bench.calls import STEPS, walked
from tests.bench.page import counts
from tests.bench.prices import THOUSAND, TRANSITION, bill, cents, whole_bill
from tests.bench.usage import sentences
from tests.bench.walk import FLEX, MINUTE_LONG, THREE_DAYS, WITH_POSTER, WITHIN_BUDGETS

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "docs" / "money.md", ROOT / "docs" / "reference" / "performance.md", ROOT / "README.md")
_BLOCK = re.compile(r"(<!-- counted: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_SUM = re.compile(r"\$\d+\.\d\d( per 1,000 videos(?: of a minute each, and|; MyRouter))")


def filled(text: str) -> str:
    """Return a document with its blocks and sums as they are now."""
    blocks = {"walks": _walks, "budgets": _budgets, "bill": _bill, "flex": _flex, "counts": counts, "usage": sentences}
    counted = _BLOCK.sub(lambda found: f"{found[1]}{blocks[found[2]]()}\n{found[3]}", text)
    return _SUM.sub(lambda found: f"{whole_bill(walked(WITH_POSTER))}{found[1]}", counted)


def write() -> None:
    """Write the figures into the documents."""
    for path in DOCUMENTS:
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")


def stale() -> list[str]:
    """Name the documents whose figures are not the present ones."""
    return [path.relative_to(ROOT).as_posix() for path in DOCUMENTS if filled(text := path.read_text(encoding="utf-8")) != text]


def _walks() -> str:
    lines = ["| a video of | polls | transitions | history events |", "| --- | --- | --- | --- |"]
    for one in (walked(MINUTE_LONG), walked(WITH_POSTER), walked(THREE_DAYS)):
        lines.append(f"| {one.order.name} | {one.polls} | {one.transitions} | {one.events:,} |")  # noqa: PERF401
    short = walked(MINUTE_LONG)
    lines += ["", "| calls for one video of 60 s | its order | its steps |", "| --- | --- | --- |"]
    for operation, count in sorted(short.operations.items()):
        order = short.of_step("api").get(operation, 0)
        lines.append(f"| {operation} | {order} | {count - order} |")
    listed = ", ".join(f"{step} {short.invocations[step]}" for step in STEPS if short.invocations.get(step))
    lines += ["", f"In addition: {sum(short.invocations.values())} Lambda invocations ({listed})."]
    return "\n".join([*lines, "", _poster()])


def _poster() -> str:
    """Return what the steps of a video with a poster ask for in addition."""
    short, shown = walked(MINUTE_LONG), walked(WITH_POSTER)
    more = {name: count - short.operations.get(name, 0) for name, count in shown.operations.items()}
    calls = ", ".join(name if count == 1 else f"{count} {name}" for name, count in sorted(more.items()) if count)
    return f"A poster adds one invocation and these calls: {calls}."


def _bill() -> str:
    parts = bill(walked(WITH_POSTER))
    rows = [f"| {part.name} | {part.per_video} | {part.price} | {cents(part.per_1000)} |" for part in parts]
    total = f"| **together** | | | **{whole_bill(walked(WITH_POSTER))}** |"
    return "\n".join(["| part | per video | price | per 1,000 |", "| --- | --- | --- | --- |", *rows, total])


def _budgets() -> str:
    names = ("without a budget", "with a budget of its tenant", "with budgets of its tenant and its key")
    lines = ["| a video of 60 s | calls of AWS | write units | read units |", "| --- | --- | --- | --- |"]
    for name, one in zip(names, map(walked, (MINUTE_LONG, *WITHIN_BUDGETS)), strict=True):
        lines.append(f"| {name} | {sum(one.calls.values())} | {sum(one.writes.values()):g} | {sum(one.reads.values()):g} |")
    return "\n".join(lines)


def _flex() -> str:
    hour, six, days = (walked(order).transitions for order in (*FLEX, THREE_DAYS))
    costs = [cents(THOUSAND * count * TRANSITION) for count in (hour, six, days)]
    return (
        f"- `flex` halves the upstream's price and is polled for longer: transitions cost {costs[0]} per 1,000 videos when they take an "
        f"hour ({hour} each), {costs[1]} for six hours ({six}), {costs[2]} for 72 hours ({days})."
    )
