"""Data from an image header."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Probed:
    """Width and height in pixels as stored; `frames` is 1, 2 for two or more, or None if counting would take too long.

    `turned` means that the metadata asks viewers to rotate the image by 90 degrees.
    """

    format: str
    width: int
    height: int
    frames: int | None = 1
    turned: bool = False
