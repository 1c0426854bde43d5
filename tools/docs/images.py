"""What becomes of every file of the corpus, as docs/reference/images.md: `.venv/bin/python -m tools.docs.images` writes it anew."""

import time
import tracemalloc
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

from cliprelay.images.errors import ImageRefused
from cliprelay.images.probe import probe
from cliprelay.images.reader import over
from tests.security.images.corpus import Specimen, corpus

PAGE = Path("docs/reference/images.md")
TAKEN = "taken"

_INTRODUCTION = """# What becomes of broken and hostile images

Every image is looked at before anything is paid: its header is read, never its pixels. This page is written by
`.venv/bin/python -m tools.docs.images` from a corpus that is the same on every machine (`tests/security/images/corpus.py`); `make test`
reads the corpus again and compares.

## How to read it

- **taken** means that the header says what the model wants: one of its formats, between its bounds. A file that is cut or damaged
  behind its header is taken, too, because only decoding could tell: that is left to the upstream, which bills no failure. So is a
  GIF whose first bytes could begin a script: nothing ever serves it as one.
- Everything else is a refusal before the payment (422), under this code in the complaint:

| code | what it says |
| --- | --- |
| `image_format` | None of the accepted formats; the complaint names what it is where that can be told (SVG, HEIC, AVIF, PDF, …). |
| `image_truncated` | The file ends before its picture begins. |
| `image_broken` | The header contradicts its own format. |
| `image_header` | There are more parts before the picture than any camera or program writes. |
| `image_polyglot` | An image, and at the same time an archive, a PDF or a web page. |
| `image_pixels`, `image_ratio` | Width and height, or their ratio, are not between the model's bounds. |

Three more do not occur here: `image_type` (not the declared type), `image_bytes` (30 MB or more), `image_unread` (an address that
cannot be read, where the owner set `ImageProbe` to `strict`).

"""
_COST = """No file made the reader crash. The most that one of them cost: {bytes:,} bytes looked at, in {steps:,} steps.
Measured on a shared machine with two processors: 0.03 ms at the median, 8 ms for the slowest, 0.1 MB of memory beside the file; what the
reader may do is bounded by steps, so it does not grow with the file.
"""


class Outcome(NamedTuple):
    """What one file led to, and what that took."""

    specimen: Specimen
    code: str
    bytes_read: int
    steps: int


def outcome(specimen: Specimen) -> Outcome:
    """Probe it; anything but an answer or a refusal is an error of ours."""
    file = over(specimen.data)
    try:
        probe(file)
        code = TAKEN
    except ImageRefused as refusal:
        code = ", ".join(complaint.code for complaint in refusal.complaints)
    return Outcome(specimen, code, file.bytes_read, file.steps)


def page(outcomes: list[Outcome]) -> str:
    """The whole page."""
    mutated = [each for each in outcomes if each.specimen.source != "built"]
    built = [each for each in outcomes if each.specimen.source == "built"]
    cost = _COST.format(bytes=max(each.bytes_read for each in outcomes), steps=max(each.steps for each in outcomes))
    sources = len({each.specimen.source for each in mutated})
    total = f"{len(outcomes)} files: {len(mutated)} made from {sources} real images, {len(built)} built.\n"
    by_mutation = _counts({each.specimen: each.specimen.mutation for each in mutated}, mutated, "what was done to it")
    by_source = _counts({each.specimen: each.specimen.source for each in mutated}, mutated, "made from")
    rows = "".join(f"| {each.specimen.mutation} | {_coded(each.code)} |\n" for each in built)
    return (
        f"{_INTRODUCTION}## The corpus\n\n{total}\n{cost}\n## Real images, damaged\n\n{by_mutation}\n{by_source}\n"
        f"## Files built to cost or to deceive\n\n| file | outcome |\n| --- | --- |\n{rows}"
    )


def _coded(code: str) -> str:
    return code if code == TAKEN else ", ".join(f"`{each}`" for each in code.split(", "))


def _counts(groups: dict[Specimen, str], outcomes: list[Outcome], title: str) -> str:
    """A table of how often each first code came, by group."""
    codes = [TAKEN, *sorted({_first(each) for each in outcomes} - {TAKEN})]
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in outcomes:
        counts[groups[each.specimen]][_first(each)] += 1
    head = f"| {title} | files | {' | '.join(map(_coded, codes))} |\n|{' --- |' * (len(codes) + 2)}\n"
    rows = (f"| {group} | {count.total()} | {' | '.join(str(count[code] or '') for code in codes)} |\n" for group, count in counts.items())
    return head + "".join(rows)


def _first(each: Outcome) -> str:
    return each.code.split(", ")[0]


def _measure() -> str:
    """Milliseconds and megabytes, for people; they are no part of the page's comparison."""
    times, peaks = [], []
    for specimen in corpus():
        begun = time.perf_counter()
        outcome(specimen)
        times.append((time.perf_counter() - begun) * 1_000)
        tracemalloc.start()
        outcome(specimen)
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    times.sort()
    return f"median {times[len(times) // 2]:.3f} ms, slowest {times[-1]:.1f} ms, peak {max(peaks):.2f} MB"


if __name__ == "__main__":
    PAGE.write_text(page([outcome(specimen) for specimen in corpus()]), encoding="utf-8")
    print(_measure())  # noqa: T201 - a command
