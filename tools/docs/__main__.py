"""`python -m tools.docs`: write all generated pages under docs/reference/, and counted figures elsewhere.

`--check` compares them instead, and names the stale ones.
"""

import argparse
import sys

from tools.docs import counted
from tools.docs.pages import FOLDER, PAGES, stale, write


def main(argv: list[str]) -> int:
    """Return 1 when a check found a stale page."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description="Write the generated pages under docs/reference/.")
    parser.add_argument("--check", action="store_true", help="write nothing; name the pages that are not up to date")
    if not parser.parse_args(argv).check:
        write()
        counted.write()
        return _say(f"Wrote {len(PAGES)} pages to {FOLDER.name}/, and counted figures elsewhere.")
    found = [*(f"docs/reference/{name}" for name in stale()), *counted.stale()]
    for name in found:
        _say(f"{name} is stale: run `make docs`")
    return 1 if found else _say(f"All {len(PAGES)} generated pages are up to date.")


def _say(line: str) -> int:
    sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
