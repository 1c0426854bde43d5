"""Runs Archive's handler once, as Lambda does, in a process that has nothing else in it, and prints what that cost.

python tests/simulation/downloads/one_archive.py VIDEO_ID
"""

import json
import os
import resource
import runpy
import sys

from tests.support.paths import ROOT

# Archive's time-out in the template.
MILLISECONDS = 900_000


class Context:
    """What Lambda tells a function of its own time."""

    aws_request_id = "any"

    def get_remaining_time_in_millis(self) -> int:
        return MILLISECONDS


def peak() -> int:
    """The most memory that this process ever had, in bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1_024  # Linux counts kilobytes


def unlinked() -> int:
    """How many open files have no name any more, as Archive's temporary one has none; known on Linux alone."""
    folder = "/proc/self/fd"
    links = [f"{folder}/{each}" for each in os.listdir(folder)] if os.path.isdir(folder) else []
    return sum(os.path.islink(link) and os.readlink(link).endswith("(deleted)") for link in links)


def main() -> None:
    """The last line of the output is the measurement; those before it are the function's log."""
    handler = runpy.run_path(str(ROOT / "functions/archive/app.py"))["handler"]
    before = peak()
    result = handler({"video_id": sys.argv[1], "run": 1}, Context())
    sys.stdout.write(json.dumps({"next": result["next"], "before": before, "peak": peak(), "unlinked": unlinked()}) + "\n")


if __name__ == "__main__":
    main()
