"""Compare the bytecode below a folder with its sources; run by the Python that is to use it, because each has its own.

Prints a JSON list of complaints. Only the standard library: it runs as a script, without the packages of this repository."""

import json
import sys
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path

# The second word of a bytecode file: it holds its source's hash, and importing it does not compare that.
UNCHECKED_HASH = 0b01


def complaints(folder: Path) -> Iterator[str]:
    """Yield what is missing, does not fit, or belongs to no source."""
    expected = set()
    for source in sorted(folder.rglob("*.py")):
        compiled = Path(cache_from_source(str(source)))
        expected.add(compiled)
        reason = complaint(source, compiled)
        if reason:
            yield f"{source.relative_to(folder)} {reason}"
    for other in sorted(set(folder.rglob("*.pyc")) - expected):
        yield f"{other.relative_to(folder)} belongs to no source, or to another Python"


def complaint(source: Path, compiled: Path) -> str | None:
    """Return why a source would be compiled again, or run as something else."""
    if not compiled.is_file():
        return "has no bytecode"
    found = compiled.read_bytes()
    if found[:4] != MAGIC_NUMBER:
        return "has the bytecode of another Python"
    if int.from_bytes(found[4:8], "little") != UNCHECKED_HASH:
        return "has bytecode that looks at its source, whose date changes on the way to Lambda"
    return None if found[8:16] == source_hash(source.read_bytes()) else "has the bytecode of another source"


if __name__ == "__main__":
    print(json.dumps(list(complaints(Path(sys.argv[1])))))  # noqa: T201 - its result
