"""Draws panels of polls against lateness on two logarithmic axes, with Pillow, which the tests have anyway."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, COLUMNS = 460, 340, 3
LEFT, RIGHT, TOP, BOTTOM = 62, 20, 36, 48
INK, GRID, OURS, OTHER = "#222222", "#dddddd", "#c0392b", "#2c5aa0"


@dataclass(frozen=True)
class Point:
    """A policy: its polls a video and its mean lateness in seconds."""

    label: str
    x: float
    y: float
    kind: Literal["ours", "other"]


@dataclass(frozen=True)
class Panel:
    """One distribution: the optimum's curve, and policies."""

    title: str
    line: Sequence[tuple[float, float]]
    points: Sequence[Point]


class _Axis:
    """A logarithmic axis from the smallest value to the largest, along pixels."""

    def __init__(self, values: Sequence[float], start: int, end: int) -> None:
        least, most = min(values) * 0.8, max(values) * 1.3
        self._low, self._high, self._start, self._end = math.log10(least), math.log10(most), start, end

    def place(self, value: float) -> float:
        return self._start + (math.log10(value) - self._low) / (self._high - self._low) * (self._end - self._start)

    def ticks(self) -> Iterator[float]:
        for power in range(math.floor(self._low), math.ceil(self._high) + 1):
            for digit in (1, 2, 5):
                if self._low <= math.log10(digit * 10.0**power) <= self._high:
                    yield digit * 10.0**power


def draw(panels: Sequence[Panel], file: Path) -> None:
    """Write the panels side by side, as a PNG of few colours."""
    lines = -(-len(panels) // COLUMNS)
    image = Image.new("RGB", (COLUMNS * WIDTH, lines * HEIGHT), "white")
    for number, panel in enumerate(panels):
        tile = Image.new("RGB", (WIDTH, HEIGHT), "white")
        _draw_panel(panel, ImageDraw.Draw(tile))
        image.paste(tile, (number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT))
    image.quantize(32).save(file, optimize=True)


def _draw_panel(panel: Panel, pen: ImageDraw.ImageDraw) -> None:
    font = ImageFont.load_default(11)
    line = [(x, y) for x, y in panel.line if y > 0]
    xs = _Axis([x for x, _ in line] + [point.x for point in panel.points], LEFT, WIDTH - RIGHT)
    ys = _Axis([y for _, y in line] + [point.y for point in panel.points], HEIGHT - BOTTOM, TOP)
    for value in xs.ticks():
        pen.line([(xs.place(value), TOP), (xs.place(value), HEIGHT - BOTTOM)], GRID)
        pen.text((xs.place(value), HEIGHT - BOTTOM + 4), f"{value:g}", INK, font, anchor="ma")
    for value in ys.ticks():
        pen.line([(LEFT, ys.place(value)), (WIDTH - RIGHT, ys.place(value))], GRID)
        pen.text((LEFT - 4, ys.place(value)), f"{value:g}", INK, font, anchor="rm")
    pen.text((WIDTH / 2, 8), panel.title, INK, ImageFont.load_default(14), anchor="ma")
    pen.text((WIDTH / 2, HEIGHT - 18), "polls a video", INK, font, anchor="ma")
    pen.text((6, 12), "late, s", INK, font)
    pen.line([(xs.place(x), ys.place(y)) for x, y in sorted(line)], INK, 2)
    for point in panel.points:
        _draw_point(point, xs.place(point.x), ys.place(point.y), pen, font)


def _draw_point(point: Point, x: float, y: float, pen: ImageDraw.ImageDraw, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> None:
    size, colour = (5, OURS) if point.kind == "ours" else (3, OTHER)
    pen.ellipse([(x - size, y - size), (x + size, y + size)], colour)
    # To the left where the panel ends.
    is_far = x > WIDTH - RIGHT - 90
    pen.text((x - size - 3 if is_far else x + size + 3, y - 2), point.label, colour, font, anchor="rm" if is_far else "lm")
