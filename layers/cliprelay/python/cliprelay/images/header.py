"""What a header tells."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Probed:
    """Width and height are pixels as stored; `frames` is 1, 2 for two or more, or None where finding out would take too long.

    `turned` is whether the metadata asks viewers to turn the picture by a quarter.
    """

    format: str
    width: int
    height: int
    frames: int | None = 1
    turned: bool = False
