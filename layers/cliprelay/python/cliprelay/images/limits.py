"""The image limits of a model, as data and as text for refusals.

The default is from MyRouter's documentation of Seedance 1.5 Pro: "Supported formats: jpeg, png, webp, bmp, tiff, gif.
Aspect ratio: (0.4, 2.5). Dimensions: (300, 6000) pixels. Size: < 30 MB." The parentheses exclude the bounds.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageLimits:
    """Bounds of a model, all exclusive; a ratio (width to height) is a fraction, to compare it exactly."""

    formats: tuple[str, ...] = ("jpeg", "png", "webp", "bmp", "tiff", "gif")
    above_pixels: int = 300
    below_pixels: int = 6_000
    above_ratio: tuple[int, int] = (2, 5)
    below_ratio: tuple[int, int] = (5, 2)
    # MB is taken as 10^6 bytes, the stricter of its two meanings.
    below_bytes: int = 30_000_000

    def in_words(self) -> str:
        """Return all limits in one sentence."""
        return f"{', '.join(self.formats)}; {self.sides_in_words()}; {self.ratio_in_words()}; {self.bytes_in_words()}"

    def sides_in_words(self) -> str:
        """Return the limits of width and height as text."""
        return f"each side more than {self.above_pixels:,} and less than {self.below_pixels:,} pixels"

    def ratio_in_words(self) -> str:
        """Return the limits of the aspect ratio as text."""
        return f"width / height more than {_decimal(self.above_ratio)} and less than {_decimal(self.below_ratio)}"

    def bytes_in_words(self) -> str:
        """Return the limit of the file size as text."""
        return f"less than {self.below_bytes:,} bytes"

    def sides_fit(self, width: int, height: int) -> bool:
        """Return whether both sides are within the bounds."""
        return all(self.above_pixels < side < self.below_pixels for side in (width, height))

    def ratio_fits(self, width: int, height: int) -> bool:
        """Return whether the aspect ratio is within the bounds; in integers, because 0.4 is not a binary fraction."""
        (low, low_to), (high, high_to) = self.above_ratio, self.below_ratio
        return low * height < width * low_to and width * high_to < high * height


def _decimal(ratio: tuple[int, int]) -> str:
    return f"{ratio[0] / ratio[1]:g}"


SEEDANCE_1_5 = ImageLimits()
