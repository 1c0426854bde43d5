"""What a video measures and costs: the vendor's geometry table and its published token prices."""

from dataclasses import dataclass
from math import log

FPS = 24

SIZES = {
    "480p": {
        "16:9": (864, 496),
        "4:3": (752, 560),
        "1:1": (640, 640),
        "3:4": (560, 752),
        "9:16": (496, 864),
        "21:9": (992, 432),
    },
    "720p": {
        "16:9": (1280, 720),
        "4:3": (1112, 834),
        "1:1": (960, 960),
        "3:4": (834, 1112),
        "9:16": (720, 1280),
        "21:9": (1470, 630),
    },
}

# US dollars per million tokens: with sound, silent; three resellers publish prices that agree with these.
_PRICE = {True: 2.4, False: 1.2}

# "50 % of the online mode price"
_FLEX_SHARE = 0.5


@dataclass(frozen=True)
class Cost:
    tokens: int
    usd: float


def frames(duration: int) -> int:
    """A clip has one frame more than its seconds hold: the vendor's sample usage (108,900 tokens) says so."""
    return FPS * duration + 1


def nearest_ratio(resolution: str, width: int, height: int) -> str:
    """What `adaptive` becomes: the listed shape that is the smallest factor away from the image's."""
    sizes = SIZES[resolution]
    return min(sizes, key=lambda ratio: abs(log(sizes[ratio][0] / sizes[ratio][1]) - log(width / height)))


def cost(resolution: str, ratio: str, duration: int, audio: bool, tier: str) -> Cost:
    width, height = SIZES[resolution][ratio]
    tokens = width * height * frames(duration) // 1024
    share = _FLEX_SHARE if tier == "flex" else 1.0
    return Cost(tokens, round(tokens * _PRICE[audio] * share / 1_000_000, 6))
