"""docs/reference/simulation.md: what the simulation breaks, made from its own lists of faults, outages and scenarios."""

from collections.abc import Iterable, Iterator

from tests.simulation.crash_sweep import DEATHS, MODES, Mode
from tests.simulation.deliveries.run import FAULTS as RECEIVERS
from tests.simulation.downloads.faults import MISHAPS
from tests.simulation.faults import mean_aws
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
- A link leads to its video until it is revoked, and then answers 410.
- After a delete, the record keeps ids, times and money and nothing else; no object is left, and nothing opens, lists or shows the video.
- An outage of two hours that stops a video rings within the third, by the alarms of `template.yaml` (all kinds: `make alarms`).
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
    return "\n".join([HEAD, *_faults(), *_mean_aws(), *_outages(), *_sweep(), *_mutants(), *_downloads(), *_receivers()]) + "\n"


def _faults() -> Iterator[str]:
    yield "## Faults of a single call\n"
    yield "Every external call may meet one of these, drawn by the seed. The weight is its share among the faults.\n"
    yield "| fault | weight | meaning |\n| --- | ---: | --- |"
    yield from (f"| {fault} | {WEIGHTS[fault]:g} | {_MEANINGS[fault]} |" for fault in Fault)
    yield ""


def _mean_aws() -> Iterator[str]:
    yield "## What AWS does on a quiet day\n"
    yield "Every run that is not calm meets this as well: documented behaviour of AWS that moto does not have.\n"
    yield from _list(_meannesses())


def _meannesses() -> Iterator[str]:
    mean, start, describe = mean_aws, *mean_aws.STATES_QUOTAS.values()
    sandboxes, writes = (next(each for each in several if each) for several in (mean.SANDBOXES, mean.ITEM_WRITES))
    yield f"DescribeExecution shows an execution as it was up to {mean.DESCRIBE_LAG:g} s ago."
    yield f"The indexes of all tables lag; {mean.LONG_INDEX_LAGS:.0%} of the writes reach them up to {mean.INDEX_LAG:g} s later."
    yield f"A read that is not consistent misses up to the last {mean.READ_LAG:g} s."
    yield f"A transaction holds its items for {_range(mean.TRANSACTION, 1_000)} ms."
    yield f"One transaction in {1 / mean.LONG_TRANSACTIONS:.0f} takes up to {mean.LONG_TRANSACTION:g} s."
    yield "Meanwhile other transactions on them conflict, even checks of a condition, and so do plain writes."
    yield f"A conditional upload conflicts (409) with one that is under way; an upload takes {_range(mean.UPLOAD)} s."
    yield "S3 answers 403 for a missing object to a function whose role in the template has no `s3:ListBucket`."
    yield f"StartExecution takes {start[0]} calls at once and {start[1]} a second, DescribeExecution {describe[0]} and {describe[1]}."
    yield f"In one run of {len(mean.SHARES)}, other applications of the account leave only {min(mean.SHARES):.0%} of these."
    yield f"In one run of {len(mean.SANDBOXES)}, the account runs {sandboxes} sandboxes at once; Lambda throttles the rest."
    yield f"A new sandbox needs {_range(mean.INIT)} s before its handler; an idle one is kept for {_range(mean.KEPT_WARM, 1 / 60)} min."
    yield f"In one run of {len(mean.ITEM_WRITES)}, an item is throttled beyond {writes:g} write a second."
    yield f"In one run of {len(mean.CROWDING)}, all orders come within {1_800 * min(mean.CROWDING):.0f} s."
    yield f"Events of executions are lost or arrive twice; {mean.LATE_EVENTS:.0%} arrive {_range(mean.LATE_EVENT_DELAY, 1 / 60)} min late."


def _range(bounds: tuple[float, float], factor: float = 1) -> str:
    return " to ".join(f"{bound * factor:g}" for bound in bounds)


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
