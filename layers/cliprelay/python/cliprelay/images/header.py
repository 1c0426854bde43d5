"""Data from an image header."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Probed:
    """Width and height in pixels as decoders give them: as stored, except that they turn a TIFF upright.

    `frames` is 1, 2 for two or more, or None if they cannot be counted. `turned` means that the metadata asks for a quarter
    turn, so that programs disagree on the shape; None if the metadata is out of reach.
    """

    format: str
    width: int
    height: int
    frames: int | None = 1
    turned: bool | None = False

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Every width and height that a program may see."""
        sides = (self.width, self.height)
        return [sides] if self.turned is False else [sides, sides[::-1]]
