"""Draws docs/pictures: the demo as an animation, and the page of a shared link as a photograph."""

import argparse
import sys
from pathlib import Path

from local.paths import ROOT
from tools.pictures.animation import animation
from tools.pictures.capture import Written, capture
from tools.pictures.link_page import photograph
from tools.pictures.screen import frames

FOLDER = ROOT / "docs" / "pictures"
COLUMNS, ROWS = 100, 24
# Bytes: a page that shows a picture should not wait for it.
LIMIT = 300_000
_TITLE = "A recording of `make demo`: one video from the order to the saved file"


def main(argv: list[str]) -> int:
    """Return 1 if a picture was not drawn, or is too large."""
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__)
    parser.add_argument("--only", choices=("demo", "link-page"), help="draw this one alone")
    only = parser.parse_args(argv).only
    FOLDER.mkdir(exist_ok=True)
    done = [_demo(FOLDER / "demo.svg")] if only != "link-page" else []
    done += [_link_page(FOLDER / "link-page.png")] if only != "demo" else []
    return 0 if all(done) else 1


def _demo(path: Path) -> bool:
    written = capture([sys.executable, "-m", "local", "demo"], ROOT, COLUMNS, ROWS)
    path.write_text(animation(frames([Written(0.0, "$ make demo\n"), *written], COLUMNS, ROWS), COLUMNS, ROWS, _TITLE), encoding="utf-8")
    return _is_small(path)


def _link_page(path: Path) -> bool:
    if not photograph(path):
        return _say(f"{path.relative_to(ROOT)} was not drawn: there is no Chromium on the PATH")
    return _is_small(path)


def _is_small(path: Path) -> bool:
    size = path.stat().st_size
    _say(f"{path.relative_to(ROOT)}: {size:,} bytes{'' if size <= LIMIT else f', more than {LIMIT:,}'}")
    return size <= LIMIT


def _say(line: str) -> bool:
    sys.stdout.write(line + "\n")
    return False
