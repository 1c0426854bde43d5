"""The project's documents, and readers for what is in them: code, tables, anchors, JSON examples."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.support.paths import ROOT

DOCUMENTS = [path.relative_to(ROOT) for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))]
TEXTS = {str(path): (ROOT / path).read_text(encoding="utf-8") for path in DOCUMENTS}
GENERATED = [name for name in TEXTS if name.startswith("docs/reference/")]
WRITTEN = [name for name in TEXTS if name not in GENERATED]

_FENCE = re.compile(r"^ *(`{3,}|~{3,}) *(\S*)")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks of one language."""
    return [block for name, block in _BLOCK.findall(text) if name == language]


@dataclass(frozen=True)
class Block:
    """One fenced block of a page: the line of its fence, its language, its text, and the line of text before it."""

    page: str
    line: int
    language: str
    text: str
    before: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"


def fenced(page: str) -> list[Block]:
    """Return every fenced block of a page, in order, whatever its language or indentation."""
    found, inner = list[Block](), list[str]()
    end = language = before = ""
    for number, line in enumerate(TEXTS[page].splitlines(), start=1):
        fence = _FENCE.match(line)
        if end and line.strip() == end:
            found.append(Block(page, number - len(inner) - 1, language, "".join(f"{each}\n" for each in inner), before))
            end = ""
        elif end:
            inner.append(line)
        elif fence:
            end, language, inner = fence[1], fence[2], []
        elif line.strip():
            before = line
    assert not end, f"{page} has a block without an end"
    return found


def code(text: str) -> str:
    """Return what is written as code, in lines or in blocks."""
    return "\n".join([*(block for _, block in _BLOCK.findall(text)), *re.findall(r"`([^`\n]+)`", _BLOCK.sub("", text))])


def prose(text: str) -> str:
    """Return what is not written as code, without the targets of links."""
    return re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`\n]+`", "", _BLOCK.sub("", text)))


def examples(text: str) -> list[dict[str, Any]]:
    """Return the JSON examples."""
    return [json.loads(block) for block in blocks(text, "json")]


def example(text: str, kind: str) -> dict[str, Any]:
    """Return the one JSON example whose `object` or `type` begins so."""
    (found,) = (each for each in examples(text) if str(each.get("object", each.get("type"))).startswith(kind))
    return found


def anchors(text: str) -> set[str]:
    """Return the anchors that a code host makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def table(text: str, header: str) -> list[list[str]]:
    """Return the cells of the one table that begins with this line, without header and rule."""
    (rows,) = re.findall(rf"^\| {re.escape(header)}.*\n\|[ :|-]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows.strip().split("\n")]


def names(cell: str) -> list[str]:
    """Return the words that a cell shows as code."""
    return re.findall(r"`([^`]+)`", cell)
