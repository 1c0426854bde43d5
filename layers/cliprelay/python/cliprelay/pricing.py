"""What a video costs, from the published prices; an estimate until the upstream's bill says otherwise."""

from dataclasses import dataclass
from decimal import Decimal

# Output geometry of Seedance 1.5 pro (the vendor's documentation), in pixels.
GEOMETRY: dict[str, dict[str, tuple[int, int]]] = {
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
FPS = 24

# USD per million tokens at the vendor, restated by resellers; they reproduce the published prices per second of other
# gateways (720p: $0.052 with audio, $0.026 silent). MyRouter publishes none for this model.
USD_PER_MILLION = {True: Decimal("2.4"), False: Decimal("1.2")}
FLEX_FACTOR = Decimal("0.5")


@dataclass(frozen=True)
class Estimate:
    """Billing tokens and US dollars for one video."""

    tokens: int
    usd: Decimal


def frames(duration: int) -> int:
    """Frames of a clip of `duration` seconds: one more than the product, as the vendor's own usage figures show."""
    return FPS * duration + 1


def estimate(*, resolution: str, ratio: str, duration: int, generate_audio: bool, service_tier: str) -> Estimate:
    """The price of a succeeded video; failures are free at the vendor. `adaptive` is priced as 16:9 (others differ by under 5 %)."""
    width, height = GEOMETRY[resolution]["16:9" if ratio == "adaptive" else ratio]
    tokens = width * height * frames(duration) // 1024
    usd = USD_PER_MILLION[generate_audio] * tokens / 1_000_000
    usd *= FLEX_FACTOR if service_tier == "flex" else 1
    return Estimate(tokens, usd.quantize(Decimal("0.0001")))
