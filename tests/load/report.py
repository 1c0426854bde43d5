"""The figures of one run, as text."""

from collections import Counter
from dataclasses import dataclass

from tests.load.usage import Group


@dataclass(frozen=True)
class Run:
    """What one run did and used; times in seconds of the clock."""

    endings: Counter[str]
    refused: Counter[int]
    accepted_after: float
    ended_after: float
    before: Group
    peak: Group
    after: Group


def describe(run: Run) -> str:
    """Return the lines that the command prints."""
    videos = sum(run.endings.values())
    main, others = run.after.main.cpu - run.before.main.cpu, run.after.others.cpu - run.before.others.cpu
    return "\n".join(
        [
            f"{videos} videos at once: {_counts(run.endings)}",
            f"accepted after {run.accepted_after:.0f} s" + (f", with refusals: {_counts(run.refused)}" if run.refused else ""),
            f"ended after {run.ended_after:.0f} s: {60 * videos / run.ended_after:.0f} videos a minute",
            f"CPU a video: {(main + others) / videos:.3f} s (service {main / videos:.3f}, sandboxes {others / videos:.3f})",
            *(_memory(name, group) for name, group in (("before", run.before), ("peak", run.peak), ("after", run.after))),
        ]
    )


def _counts(counts: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counts.most_common())


def _memory(name: str, group: Group) -> str:
    whole = group.whole
    memory = f"PSS {whole.pss:.0f} MB (service {group.main.pss:.0f}, sandboxes {group.others.pss:.0f})"
    return f"{name + ':':8}{memory}, {whole.processes} processes, {whole.threads} threads"
