"""`python -m tests.interop.openai_sdk`: the public packages `openai` and LiteLLM, unmodified, against a local service; exit 1 if one errs.

`--only calls`, `lost`, `documented` or `litellm` for a part.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.interop.openai_sdk import calls, documented, lost, relayed
from tests.interop.openai_sdk.deployment import deployment
from tests.interop.openai_sdk.packages import installed

PARTS = {"calls": calls.table, "lost": lost.table, "documented": documented.table}


def main() -> int:
    """Print a table for each part."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.openai_sdk")
    parser.add_argument("--only", choices=[*PARTS, "litellm"])
    only = parser.parse_args().only
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="face-openai-") as name, deployment(Path(name)) as running:
        for part in [only] if only else [*PARTS, "litellm"]:
            lines, failed = relayed.table(running) if part == "litellm" else PARTS[part](running, installed())
            wrong += failed
            sys.stdout.write("\n".join([f"== {part}", *lines, ""]) + "\n")
            sys.stdout.flush()
    sys.stdout.write(f"{wrong} wrong\n" if wrong else "All as expected.\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
