"""Every picture of the documents is there, small, described and in use; the recorded demo is that of the code."""

import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

from tests.support.documents import TEXTS
from tests.support.paths import ROOT
from tools.pictures.command import COLUMNS, FOLDER, LIMIT, ROWS

_SVG = "{http://www.w3.org/2000/svg}"
SHOWN = {
    (Path(document).parent / path).as_posix(): described
    for document, text in TEXTS.items()
    for described, path in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", text)
}


# Printed only if the demo is asked to keep its service.
STAYING = "The service stays up until Ctrl-C, because of DEMO_STAY=1"


def test_every_picture_that_a_document_shows_exists_and_is_described() -> None:
    assert [path for path, described in SHOWN.items() if not (ROOT / path).is_file() or len(described) < 20] == []


def test_every_picture_is_shown_and_small() -> None:
    pictures = {path.relative_to(ROOT).as_posix(): path.stat().st_size for path in FOLDER.iterdir()}
    assert pictures.keys() <= SHOWN.keys()
    assert [path for path, size in pictures.items() if size > LIMIT] == []


def test_the_recorded_demo_has_the_headings_of_the_code() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "local/demo").glob("*.py"))
    headings = [unescape(found) for found in re.findall(r">== ([^<]+)</text>", (FOLDER / "demo.svg").read_text())]
    printed = set(re.findall(r'print_heading\("([^"]+)"\)', source)) - {STAYING}
    assert set(headings) == printed, "run `make pictures`"


def test_the_recorded_demo_loads_nothing_and_runs_nothing() -> None:
    root = ElementTree.parse(FOLDER / "demo.svg").getroot()  # noqa: S314 - our own file
    tags = {each.tag.removeprefix(_SVG) for each in root.iter()}
    assert tags == {"svg", "title", "style", "rect", "defs", "text", "g", "use"}
    assert all(each.attrib["href"].startswith("#") for each in root.iter(f"{_SVG}use"))
    assert "url(" not in (FOLDER / "demo.svg").read_text()
    assert max(len(each.text or "") for each in root.iter(f"{_SVG}text")) <= COLUMNS
    assert all(len(each) <= ROWS for each in root.iter(f"{_SVG}g") if "transform" in each.attrib)
