"""`make upgrade-check FROM=REVISION`: exchange the code of a revision and of the working copy in both directions, with videos in flight."""

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.support.paths import ROOT
from tests.upgrade.run import Findings, Run

VIDEOS = 50


def main(argv: list[str]) -> int:
    """Run the check; exit status 1: something is wrong, 2: there is no version to compare with."""
    parser = argparse.ArgumentParser(prog="python -m tests.upgrade", description=__doc__)
    parser.add_argument("--from", dest="revision", default="", help="a tag or commit (default: the latest tag)")
    parser.add_argument("--videos", type=int, default=VIDEOS)
    parser.add_argument("--time-scale", type=float, default=0.02)
    args = parser.parse_args(argv)
    revision = args.revision or latest_tag()
    if not revision:
        print("There is no tag yet, so name the version before: make upgrade-check FROM=<tag or commit>", file=sys.stderr)  # noqa: T201
        return 2
    with tempfile.TemporaryDirectory(prefix="cliprelay-upgrade-") as folder:
        before = Path(folder) / "before"
        extract(revision, before)
        findings = check(before, revision, Path(folder) / "state", args.videos, args.time_scale)
    return show(findings)


def latest_tag() -> str:
    """Return the latest tag before the working copy; empty if there is none."""
    found = subprocess.run(["git", "describe", "--tags", "--abbrev=0"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    return found.stdout.strip()


def extract(revision: str, folder: Path) -> None:
    """Write the files of a revision to a folder."""
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607
    if archive.returncode:
        raise SystemExit(f"{revision} is no tag or commit of this repository: {archive.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")


def check(before: Path, revision: str, state: Path, videos: int, time_scale: float) -> Findings:
    """Begin with the version before; upgrade, roll back and upgrade again while videos are on their way."""
    run = Run(before, state, time_scale, _say)
    wave = videos // 4
    for tree, name in ((ROOT, "the working copy"), (before, revision), (ROOT, "the working copy")):
        run.order(wave)
        run.stop_executions(2)
        run.exchange(tree, name)
    run.order(videos - 3 * wave)
    return run.finish()


def show(findings: Findings) -> int:
    """Print the findings, and return the exit status."""
    for error, count in findings.errors.most_common():
        _say(f"raised and retried {count} times: {error}")
    for wrong in findings.wrong:
        _say(f"WRONG: {wrong}")
    _say(f"{len(findings.wrong)} things wrong")
    return 1 if findings.wrong else 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - its purpose


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
