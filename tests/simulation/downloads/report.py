"""A run as Markdown."""

from collections.abc import Iterator

from tests.simulation.downloads.faults import CONTROL
from tests.simulation.downloads.runs import Result


def report(result: Result) -> str:
    """The table of mishaps, the figures, and every wrong with what plays it again."""
    return "\n".join([*_figures(result), "", *_table(result), "", *_wrongs(result)])


def _figures(result: Result) -> Iterator[str]:
    count = sum(result.played.values())
    yield f"seed {result.seed}: {count} faulted downloads, each followed by a clean one, in {result.seconds:.0f} s"
    yield f"{count / result.seconds:.1f} per second; videos of {result.bytes / 1e6:.0f} MB in all"
    yield f"{result.played[CONTROL]} of them were served as they should be, for comparison"
    yield f"{len(result.wrongs)} wrong; {result.left_open} temporary files left open"


def _table(result: Result) -> Iterator[str]:
    yield "| mishap | played | what left Archive |"
    yield "| --- | --- | --- |"
    for name, played in result.played.items():
        outcomes = ", ".join(f"{outcome} {times}" for outcome, times in result.outcomes[name].most_common())
        yield f"| {name} | {played} | {outcomes} |"


def _wrongs(result: Result) -> Iterator[str]:
    yield from result.wrongs[:50]
    if len(result.wrongs) > 50:
        yield f"and {len(result.wrongs) - 50} more"
