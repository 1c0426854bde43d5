"""docs/reference/simulation.md: what the simulation breaks, made from its own lists of faults, outages and scenarios."""

from collections.abc import Iterable, Iterator

from tests.simulation.crash_sweep import DEATHS, MODES, Mode
from tests.simulation.deliveries.run import FAULTS as RECEIVERS
from tests.simulation.downloads.faults import MISHAPS
from tests.simulation.faults.outages import BAD, KINDS
from tests.simulation.faults.plan import WEIGHTS, Fault
from tests.simulation.mutants import BROKEN
from tests.simulation.scenarios import SCENARIOS

HEAD = """\
# What the simulation breaks

The real functions run on a virtual clock, in AWS made of memory, against an upstream that misbehaves.
[architecture.md](../architecture.md#how-it-is-tested) describes how it works.
`make simulate`, `make crash-sweep` and `make deliveries` run it.
Their reports contain the figures of their run: videos, faults, calls, answers, moves, and how each video ended.

A run passes when these rules hold at its end:

- At most one payment per intent.
- No payment without a record, or an `unconfirmed` video with its alarm and its event.
- Every accepted order ends, and not long after its deadline.
- A terminal state never changes.
- One event for every end, always under the same id.
- A succeeded video has the right file, and every video that the upstream made and served is stored, within 12 servings.
- A file that cannot be verified is delivered with its warning once links of two answers, five minutes apart, have served it.
- At most three files of a video are kept aside.
- Whatever is refused three times rings within half an hour.
- No key, prompt, image or signed link in any output, error or execution history.
"""

_MEANINGS = {
    Fault.DIE_BEFORE: "The process ends before the request leaves.",
    Fault.DIE_AFTER: "The request takes effect; the process ends before the answer arrives.",
    Fault.UNSENT: "There is no connection; nothing happens.",
    Fault.REFUSED: "Throttled, or an error of the service; nothing happens.",
    Fault.LOST: "The request takes effect; the answer does not arrive.",
    Fault.BROKEN: "The request takes effect, and is answered with an error.",
    Fault.LATE: "There is no answer, and the effect happens after the caller has given up.",
    Fault.SLOW: "The answer takes seconds.",
}


def page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *_faults(), *_outages(), *_sweep(), *_mutants(), *_downloads(), *_receivers()]) + "\n"


def _faults() -> Iterator[str]:
    yield "## Faults of a single call\n"
    yield "Every external call may meet one of these, drawn by the seed. The weight is its share among the faults.\n"
    yield "| fault | weight | meaning |\n| --- | ---: | --- |"
    yield from (f"| {fault} | {WEIGHTS[fault]:g} | {_MEANINGS[fault]} |" for fault in Fault)
    yield ""


def _outages() -> Iterator[str]:
    yield "## Outages\n"
    yield f"{BAD:.0%} of the runs have outages as well. Each kind occurs in such a run with this likelihood.\n"
    yield "| what is out | likelihood | lasts |\n| --- | ---: | --- |"
    for name, (likelihood, shortest, longest) in KINDS.items():
        yield f"| {name} | {likelihood:.0%} | {_time(shortest)} to {_time(longest)} |"
    yield ""


def _sweep() -> Iterator[str]:
    yield "## Crash sweep\n"
    yield f"{len(SCENARIOS)} scenarios of one video. Each runs once without a fault, and its external calls are counted.\n"
    yield from _list(scenario.name for scenario in SCENARIOS)
    yield f"Then every call is broken alone in {len(MODES)} ways: {_names(MODES)}."
    yield f"Every pair of Submit's calls is broken in these ways: {_names(DEATHS)}.\n"


def _mutants() -> Iterator[str]:
    yield "## Products that are wrong on purpose\n"
    yield "The same command swaps in a wrong part and passes only if the rules detect it:\n"
    yield from _list(BROKEN)


def _downloads() -> Iterator[str]:
    yield "## Downloads\n"
    yield f"`.venv/bin/python -m tests.simulation.downloads` runs Archive through {len(MISHAPS)} cases of link, bucket, table, process:\n"
    yield from _list(mishap.name for mishap in MISHAPS)


def _receivers() -> Iterator[str]:
    yield "## Webhook receivers\n"
    yield "`make deliveries` sends events to receivers that fail in these ways, for a while or for ever:\n"
    yield from _list(RECEIVERS, last=True)


def _list(names: Iterable[str], *, last: bool = False) -> Iterator[str]:
    yield "\n".join(f"- {name}" for name in names) + ("" if last else "\n")


def _names(modes: tuple[Mode, ...]) -> str:
    return ", ".join(mode.name for mode in modes)


def _time(seconds: float) -> str:
    for unit, size in (("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
