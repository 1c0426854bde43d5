"""`python -m tests.interop.image_decoders`: the image reader and Pillow on the test images of public projects, file by file.

Downloads source distributions from PyPI, or takes folders and archives as arguments, and writes every disagreement with its reason.
Exit 1 if the reader refuses a file that Pillow opens, or reads another size.
"""

import argparse
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.security.images.decoder import AGREED, BOTH_REFUSE, WRONG, Judgement, judge

# Pillow's own tests, two readers of image headers that bring their own hard cases, and pictures for users of a library.
SOURCES = ("pillow", "imagesize", "hachoir", "filetype")
WHEELS = ("scikit-image", "pygame-ce", "matplotlib", "kivy")


class Case(NamedTuple):
    """One file of a package, and how it was judged."""

    package: str
    name: str
    judgement: Judgement


def download(folder: Path) -> list[Path]:
    """Fetch all packages; pip prepares the metadata of a source distribution, which takes a few minutes for pillow."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", str(folder)]
    for kind, names in (("--no-binary", SOURCES), ("--only-binary", WHEELS)):
        for name in names:
            if subprocess.run([*pip, kind, ":all:", name], check=False).returncode:  # noqa: S603
                sys.stderr.write(f"{name} could not be downloaded\n")
    return sorted(folder.iterdir())


def files(place: Path) -> Iterator[tuple[str, bytes]]:
    """Return name and content of every file in a folder or an archive."""
    if place.is_dir():
        yield from ((str(path.relative_to(place)), path.read_bytes()) for path in sorted(place.rglob("*")) if path.is_file())
    elif tarfile.is_tarfile(place):
        with tarfile.open(place) as archive:
            yield from ((each.name, kept.read()) for each in archive if each.isfile() and (kept := archive.extractfile(each)))
    else:
        with zipfile.ZipFile(place) as archive:
            yield from ((each.filename, archive.read(each)) for each in archive.infolist() if not each.is_dir())


def cases(places: list[Path]) -> list[Case]:
    """Judge every file of which the reader or Pillow knows the format."""
    found = [Case(place.name, name, judge(data)) for place in places for name, data in files(place)]
    return [each for each in found if each.judgement.verdict != BOTH_REFUSE]


def report(found: list[Case]) -> str:
    """Return the counts by package, and every file on which the two disagree."""
    verdicts = sorted({each.judgement.verdict for each in found}, key=lambda verdict: (verdict != AGREED, verdict))
    counts = Counter((each.package, each.judgement.verdict) for each in found)
    lines = [f"| package | {' | '.join(verdicts)} |", f"|{' --- |' * (len(verdicts) + 1)}"]
    packages = sorted({each.package for each in found})
    lines += [f"| {package} | {' | '.join(str(counts[package, verdict]) for verdict in verdicts)} |" for package in packages]
    lines += ["", f"{len(found)} images, {sum(each.judgement.verdict == AGREED for each in found)} agreed on.", ""]
    lines += [
        f"- {package} {name}: {verdict}; Pillow: {pillow or 'refused'}; the reader: {reader}"
        for package, name, (verdict, pillow, reader) in found
        if verdict != AGREED
    ]
    return "\n".join(lines)


def main() -> int:
    """Judge the given places, or the packages."""
    parser = argparse.ArgumentParser(description="Compare the image reader with Pillow, file by file.")
    parser.add_argument("places", nargs="*", type=Path, help="folders and archives; none: packages from PyPI")
    places = parser.parse_args().places
    with tempfile.TemporaryDirectory() as folder:
        found = cases(places or download(Path(folder)))
    sys.stdout.write(report(found) + "\n")
    return int(not found or any(each.judgement.verdict in WRONG for each in found))


if __name__ == "__main__":
    raise SystemExit(main())
