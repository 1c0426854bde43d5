"""`make client-upgrade-check FROM=REVISION`: the client of the working copy with the server of a revision, and the other way round.

What every server has must work. What only one of both has must be one sentence that says so, with nothing paid. Exit 1: something is
wrong, 2: there is no version to compare with.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from local.demo.draw_lighthouse import PICTURE
from tests.client_check.__main__ import CHEAP, COMMAND, Place, place
from tests.support.paths import ROOT
from tests.upgrade.__main__ import extract, latest_tag

HERE = Path(__file__).resolve().parent
OTHER_VERSION = "ServerTooOld"


def main(argv: list[str]) -> int:
    """Check both directions."""
    parser = argparse.ArgumentParser(prog="python -m tests.client_check.versions", description=__doc__)
    parser.add_argument("--from", dest="revision", default="", help="a tag or commit (default: the latest tag)")
    revision = parser.parse_args(argv).revision or latest_tag()
    if not revision:
        print("There is no tag yet, so name the version before: make client-upgrade-check FROM=<tag or commit>", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="client-versions-") as name:
        before = Path(name) / "before"
        extract(revision, before)
        wrong = check(f"the client of the working copy, the server of {revision}", ROOT, before)
        if (before / "client").exists():
            wrong += check(f"the client of {revision}, the server of the working copy", before, ROOT)
        else:
            print(f"{revision} has no client.")
    print(f"{len(wrong)} things wrong", *wrong, sep="\n  ")
    return 1 if wrong else 0


def check(what: str, client: Path, server: Path) -> list[str]:
    """Run the journey and the command of one tree against the service of another; return what is wrong."""
    print(f"{what}:", flush=True)
    with place(tree=server) as here:
        environment = {**here.environment, "PYTHONPATH": str(client / "client/src")}
        lines = journey(environment, here)
        orders = {line["found"] for line in lines if line["call"].startswith("create") and "found" in line}
        wrong = [each for line in lines if (each := judged(line))]
        if (client / "client/src/cliprelay_client/cli/main.py").exists():
            wrong += command(environment, here)
            orders |= {"the order of the command"}
        if here.paid() != len(orders):
            wrong.append(f"{here.paid()} payments for {len(orders)} orders")
    return [f"{what}: {each}" for each in wrong]


def journey(environment: dict[str, str], here: Place) -> list[dict[str, Any]]:
    """Make all calls, and print what became of them."""
    words = [sys.executable, str(HERE / "journey.py"), str(PICTURE)]
    done = subprocess.run(words, cwd=here.folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        print(f"  {line['call']}: {line.get('text') or line.get('found', 'done')}", flush=True)
    return lines


def judged(line: dict[str, Any]) -> str:
    """Say what is wrong with the outcome of a call; empty if nothing is."""
    if "error" not in line:
        return ""
    is_sentence = line["text"].endswith(".") and "\n" not in line["text"] and "update" in line["text"].lower()
    if not line["is_basic"] and line["error"] == OTHER_VERSION and is_sentence:
        return ""
    return f"{line['call']}: {line['error']}: {line['text']}"


def command(environment: dict[str, str], here: Place) -> list[str]:
    """Make a video with the command and a limit that the other version may not know, and cancel it, which is too late or unknown."""
    words = ["make", str(PICTURE), "The command.", *CHEAP, "--max-usd", "1", "--json"]
    made = subprocess.run([*COMMAND, *words], cwd=here.folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if made.returncode:
        return [f"make: exit code {made.returncode}: {made.stderr}"]
    video_id = json.loads(made.stdout)["id"]
    late = subprocess.run([*COMMAND, "cancel", video_id], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    print(f"  cliprelay make: {video_id}\n  cliprelay cancel: exit code {late.returncode}: {late.stderr.strip()}", flush=True)
    is_clear = late.returncode == 3 and late.stderr.count(os.linesep) == 1
    return [] if is_clear else [f"cancel: exit code {late.returncode}: {late.stderr}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
