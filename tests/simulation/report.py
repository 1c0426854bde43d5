"""The report: what was tried, what came of it, and how to see each failure again."""

import platform
from collections import Counter
from collections.abc import Iterable, Iterator

from tests.simulation.crash_sweep import DEATHS, MODES
from tests.simulation.runs import Result
from tests.simulation.workers import Caught, Swept

TITLES = {
    "outcomes": "How the videos ended",
    "faults": "Faults injected",
    "refusals": "What AWS itself refused, in addition to the faults",
    "calls": "External calls",
    "invocations": "Functions run",
    "errors": "What functions raised; the workflow or the next sweep tries again",
    "answers": "What the upstream answered to paid calls and questions",
    "links": "What the upstream's links served",
    "http": "What the API answered",
    "moves": "Moves",
    "executions": "Executions",
    "owner": "What the owner did",
    "lost": "Videos that were made and could not be had, by the upstream's part in it",
}


def replay(settings_videos: int, seed: int, rate: float, clients: int) -> str:
    """The command that leads one run again, line by line."""
    return f".venv/bin/python -m tests.simulation --seed {seed} --videos {settings_videos} --fault-rate {rate} --clients {clients} --trace"


def failures(results: Iterable[Result]) -> Iterator[str]:
    """Each failing seed with its replay."""
    for result in results:
        if result.violations:
            settings = result.settings
            yield f"seed {settings.seed}: {replay(settings.videos, settings.seed, settings.rate, settings.clients)}"
            yield from (f"    {violation}" for violation in result.violations[:5])


def markdown(results: list[Result], swept: list[Swept], caught: list[Caught], seconds: float) -> str:
    """The whole report."""
    parts = ["# The money path, simulated", "", *_verdict(results, swept, caught), ""]
    if results:
        parts += [*_runs(results, seconds), "", *_weather(results), ""]
        for name, title in TITLES.items():
            counts = sum((result.counts[name] for result in results), Counter[str]())
            parts += [*_table(title, counts), ""]
    if swept:
        parts += [*_sweep(swept), ""]
    if caught:
        parts += [*_caught(caught), ""]
    return "\n".join(parts)


def _verdict(results: list[Result], swept: list[Swept], caught: list[Caught]) -> Iterator[str]:
    broken = sum(len(result.violations) for result in results) + sum(len(each.broken) for each in swept)
    missed = [each.build for each in caught if not each.violations]
    yield f"**{broken} violations.**" if broken else "**No violation.**"
    if missed:
        yield f"**Not caught: {', '.join(missed)}.**"
    yield from (f"\n```text\n{line}\n```" for line in failures(results))
    yield from (f"\n```text\n{line}\n```" for each in swept for line in each.broken)


def _runs(results: list[Result], seconds: float) -> Iterator[str]:
    videos, paid = sum(result.videos for result in results), sum(result.paid for result in results)
    seeds = [result.settings.seed for result in results]
    calls = sum(result.counts["calls"].total() for result in results)
    settings = results[0].settings
    hours = sum(result.virtual_hours for result in results)
    yield "## Runs"
    yield ""
    yield f"- {videos:,} videos in {len(results):,} runs, seeds {min(seeds)} to {max(seeds)}."
    yield f"- {paid:,} paid tasks; {hours:,.0f} virtual hours."
    yield f"- {settings.clients} clients of four tenants share Idempotency-Keys; {settings.rate:.0%} of all external calls are disturbed."
    yield f"- {calls:,} external calls, {sum(result.counts['faults'].total() for result in results):,} faults."
    yield (
        f"- {seconds:,.0f} s on {platform.system()} with Python {platform.python_version()}: "
        f"{videos / seconds:.1f} videos and {calls / seconds:,.0f} calls a second."
    )


def _weather(results: list[Result]) -> Iterator[str]:
    """How many runs, and videos in them, met which outage; one run may have several."""
    runs, videos = Counter[str](), Counter[str]()
    for result in results:
        for name in {line.split(":")[0] for line in result.weather} or {"fair"}:
            runs[name] += 1
            videos[name] += result.videos
    yield "## Weather"
    yield ""
    yield "| outage | runs | videos in them |"
    yield "| --- | ---: | ---: |"
    yield from (f"| {name} | {count:,} | {videos[name]:,} |" for name, count in sorted(runs.items(), key=lambda pair: (-pair[1], pair[0])))


def _table(title: str, counts: Counter[str]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    if not counts:
        yield "None."
        return
    yield "| what | how often |"
    yield "| --- | ---: |"
    yield from (f"| {name} | {count:,} |" for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _sweep(swept: list[Swept]) -> Iterator[str]:
    yield "## Crash sweep"
    yield ""
    yield f"Single faults: every call x {', '.join(mode.name for mode in MODES)}."
    yield f"Pairs, of Submit's calls: {', '.join(mode.name for mode in DEATHS)}."
    yield ""
    yield "| life | calls | faults | lives led | broken | outcomes |"
    yield "| --- | ---: | --- | ---: | ---: | --- |"
    for each in sorted(swept, key=lambda each: (each.pairs, each.scenario)):
        kind = "pairs" if each.pairs else "singles"
        outcomes = ", ".join(f"{name} ({count})" for name, count in sorted(each.outcomes.items()))
        yield f"| {each.scenario} | {len(each.points)} | {kind} | {each.lives:,} | {len(each.broken)} | {outcomes} |"
    yield ""
    yield f"In all {sum(each.lives for each in swept):,} lives."
    yield ""
    yield "The points, as they were counted:"
    for each in swept:
        if not each.pairs:
            yield f"\n- **{each.scenario}**: {', '.join(f'`{point}`' for point in each.points)}"


def _caught(caught: list[Caught]) -> Iterator[str]:
    yield "## Broken builds"
    yield ""
    yield "| build | caught within | by |"
    yield "| --- | ---: | --- |"
    for each in caught:
        by = each.violations[0].split(":")[0] if each.violations else "not caught"
        yield f"| {each.build} | {each.videos:,} videos | {by} |"
