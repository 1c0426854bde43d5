"""What the tests do with each fenced block of the documents, decided by its language and its commands."""

import re
import shlex
from collections.abc import Iterator

from tests.support.documents import Block

# Pasted into a shell that runs; only parsed, because it needs an account, a container or a real upstream; or another rule.
RUN, PARSE = "run", "parse"

# `operate` without `--local` means a deployed stack, and `local state` may mean a folder with somebody's data.
# `assets.example.com` is opened by nobody. `cliprelay` alone is an installed client of some server.
_NEEDS_MORE = re.compile(
    r"^\s*(?:\w+=\$\()?(?:sam|aws|make cloud-check|pipx|uvx|cliprelay|eval) |-m operate (?!.*--local)|-m local state |https://(?!assets\.example\.com)|172\.17\.0\.1",
    re.MULTILINE,
)
_SERVES = re.compile(r"-m local (serve|receiver|simulator)\b")


def treatment(block: Block) -> str:
    """Return how a block is tested: `run`, `parse`, or its language."""
    if block.language != "sh":
        return block.language
    return PARSE if _NEEDS_MORE.search(block.text) else RUN


def serves(block: Block) -> str | None:
    """Return which server a block starts, if any."""
    found = _SERVES.search(block.text)
    return found[1] if found else None


def commands(block: Block) -> Iterator[list[str]]:
    """Yield the words of each command, out of `NAME=$(…)` if it stands in it."""
    for line in block.text.replace("\\\n", " ").splitlines():
        inner = re.fullmatch(r"\w+=\$\((.*)\)", line.strip())
        yield shlex.split(inner[1] if inner else line)
