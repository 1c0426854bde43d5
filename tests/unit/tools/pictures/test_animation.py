"""An SVG shows each frame for its time, stays at the last where nothing moves, and is legible in light and dark."""

import re
from xml.etree import ElementTree

from tools.pictures.animation import animation
from tools.pictures.screen import Frame

FRAMES = [Frame(("$ make <demo>", ""), 1.0), Frame(("$ make <demo>", "== A & B"), 2.0), Frame(("== A & B", "  end"), 1.0)]
SVG = animation(FRAMES, 40, 2, "A <recording>")
_NAMES = "{http://www.w3.org/2000/svg}"


def test_each_distinct_line_is_written_once_and_escaped() -> None:
    root = ElementTree.fromstring(SVG)  # noqa: S314 - our own text
    texts = {each.attrib["id"]: each.text for each in root.iter(f"{_NAMES}text")}
    assert list(texts.values()) == ["$ make <demo>", "== A & B", "  end"]
    shown = [[texts[use.attrib["href"][1:]] for use in frame] for frame in root.iter(f"{_NAMES}g") if "transform" in frame.attrib]
    assert shown == [["$ make <demo>"], ["$ make <demo>", "== A & B"], ["== A & B", "  end"]]
    assert root.findtext(f"{_NAMES}title") == "A <recording>"


def test_each_frame_stands_still_for_its_time() -> None:
    tops = re.findall(r'<g transform="translate\(0 (\d+)\)">', SVG)
    steps = re.findall(r"([\d.]+)%\{transform:translateY\((-?\d+)px\)\}", SVG)
    assert steps == [("0.000", "0"), ("25.000", f"-{tops[1]}"), ("75.000", f"-{tops[2]}"), ("100", f"-{tops[2]}")]
    assert "play 4.0s step-end infinite" in SVG


def test_who_wants_no_motion_sees_the_last_frame() -> None:
    last = re.findall(r"translate\(0 (\d+)\)", SVG)[-1]
    assert f".strip {{ transform: translateY(-{last}px) }}" in SVG
    assert "@media (prefers-reduced-motion: no-preference) { .strip { animation:" in SVG


def test_a_line_is_as_wide_as_its_letters_in_any_font() -> None:
    assert {len(text): float(width) for width, text in re.findall(r'textLength="([\d.]+)"[^>]*>(  end)<', SVG)} == {5: 42.0}


def test_colours_follow_the_reader_s_system() -> None:
    assert "prefers-color-scheme: dark" in SVG
    assert SVG.count('class="head"') == 2
