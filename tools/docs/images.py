"""docs/reference/images.md: the outcome for every file of the corpus of broken and hostile images."""

from collections import Counter, defaultdict
from typing import NamedTuple

from cliprelay.images.errors import ImageRefused, ImageUnread
from cliprelay.images.probe import probe
from cliprelay.images.reader import over
from tests.security.images.corpus import Specimen, corpus

TAKEN, UNREAD = "taken", "not read"

_INTRODUCTION = """# Broken and hostile images

Every image is checked before anything is paid: its header is read, never its pixels. This page shows the result for a corpus that is
the same on every machine (`tests/security/images/corpus.py`).

## How to read it

- **taken** means that the header says what the model wants: one of its formats, within its bounds. A file that is cut or damaged
  after its header is taken too, because only decoding could detect that; this is left to the upstream.
  A GIF whose first bytes could begin a script is taken as well: nothing ever serves it as one.
- **not read** is neither: a decoder gives a size, but the file breaks its format, has no picture, or has more parts before its picture
  than are read. The order is accepted with the warning `image_not_probed`, or refused as `image_unread` where the operator set
  `ImageProbe` to `strict`. The same holds for inline images, uploads and images at a URL.
- Everything else is a refusal before the payment (422), with this code in the complaint:

| code | meaning |
| --- | --- |
| `image_format` | None of the accepted formats; the complaint names the real one if it is known (SVG, HEIC, AVIF, PDF, …). |
| `image_truncated` | The file ends before its size. |
| `image_broken` | The header contradicts its own format. |
| `image_polyglot` | An image, and at the same time an archive, a PDF or a web page. |
| `image_pixels`, `image_ratio` | Width and height, or their ratio, are outside the model's bounds. |

Two more codes do not occur here: `image_type` (not the declared type), `image_bytes` (30 MB or more).

Decoders are the judges: width and height are those that Pillow gives, for every file that it opens, or the file is not read.

"""
_COST = """No file crashed the reader. The most expensive one took {bytes:,} bytes and {steps:,} steps.
Steps are limited, so the cost does not grow with the file.
"""


class Outcome(NamedTuple):
    """What one file led to, and what it cost."""

    specimen: Specimen
    code: str
    bytes_read: int
    steps: int


def outcome(specimen: Specimen) -> Outcome:
    """Probe the file; anything but an answer or a refusal is an error of ours."""
    file = over(specimen.data)
    try:
        probe(file)
        code = TAKEN
    except ImageRefused as refusal:
        code = ", ".join(complaint.code for complaint in refusal.complaints)
    except ImageUnread:
        code = UNREAD
    return Outcome(specimen, code, file.bytes_read, file.steps)


def page() -> str:
    """Return the whole page."""
    outcomes = [outcome(specimen) for specimen in corpus()]
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
        f"## Files built to be expensive or to deceive\n\n| file | outcome |\n| --- | --- |\n{rows}"
    )


def _coded(code: str) -> str:
    return code if code in (TAKEN, UNREAD) else ", ".join(f"`{each}`" for each in code.split(", "))


def _counts(groups: dict[Specimen, str], outcomes: list[Outcome], title: str) -> str:
    """Count each first code, by group."""
    codes = [TAKEN, UNREAD, *sorted({_first(each) for each in outcomes} - {TAKEN, UNREAD})]
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in outcomes:
        counts[groups[each.specimen]][_first(each)] += 1
    head = f"| {title} | files | {' | '.join(map(_coded, codes))} |\n|{' --- |' * (len(codes) + 2)}\n"
    rows = (f"| {group} | {count.total()} | {' | '.join(str(count[code] or '') for code in codes)} |\n" for group, count in counts.items())
    return head + "".join(rows)


def _first(each: Outcome) -> str:
    return each.code.split(", ")[0]
