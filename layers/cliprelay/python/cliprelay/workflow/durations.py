"""How long the upstream took for videos of one class: a histogram that ages, learned from polls and read by the schedule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log2
from typing import Any, Self

from cliprelay.video.record import Video

# Eight buckets an octave, 9 % each, from 4 s to three days: 128 counters of six bytes are one write unit.
SHORTEST, PER_OCTAVE, BUCKETS = 4.0, 8, 128
# The table stores whole numbers, and a video counts for parts of several buckets.
UNITS = 1_000
# The weight at which all of it is halved, in videos: what was seen some hundred videos ago hardly counts, so that a change at the
# upstream is followed. More would make a steady schedule a few percent better.
BOUND = 128
# What lies beyond the last 1 of 200 is no evidence.
RARE = 0.005
# The number is the version of the buckets: another version has other items.
PREFIX = "durations#1#"


def _edge(place: int) -> float:
    return SHORTEST * 2 ** (place / PER_OCTAVE) if place else 0.0


# Bucket n reaches from EDGES[n] to EDGES[n + 1], in seconds; the first and the last one also hold what lies outside.
EDGES = tuple(_edge(place) for place in range(BUCKETS + 1))
NAMES = tuple(f"b{place:02x}" for place in range(BUCKETS))


def class_of(video: Video) -> str:
    """Return the key of the videos that take about as long: the same model, tier, resolution and length."""
    spec = video.spec
    return f"{PREFIX}{video.model}#{spec.tier}#{spec.resolution or '-'}#{spec.duration or '-'}"


@dataclass(frozen=True)
class Durations:
    """Weights by bucket, in videos; the durations count from the claim to the upstream's end."""

    weights: tuple[float, ...] = (0.0,) * BUCKETS

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read a stored item; what is no sensible weight counts as none."""
        return cls(tuple(_sensible(item.get(name)) / UNITS for name in NAMES))

    @cached_property
    def count(self) -> float:
        """Return the weight of all videos."""
        return sum(self.weights)

    @cached_property
    def longest(self) -> float:
        """Return the age, in seconds, beyond which there is no evidence; 0 if there is none at all."""
        beyond = 0.0
        for place in reversed(range(BUCKETS)):
            beyond += self.weights[place]
            if beyond > RARE * self.count:
                return EDGES[place + 1]
        return 0.0

    def quantile(self, share: float) -> float | None:
        """Return the age, in seconds, by which this share of videos has ended; None if nothing is known."""
        wanted, before = share * self.count, 0.0
        for place, weight in enumerate(self.weights):
            if weight and before + weight >= wanted:
                return EDGES[place] + (EDGES[place + 1] - EDGES[place]) * max(wanted - before, 0.0) / weight
            before += weight
        return None


NOTHING = Durations()


def _sensible(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return min(max(value, 0), BOUND * UNITS)


def bucket_of(seconds: float) -> int:
    """Return the bucket of a duration."""
    if seconds <= SHORTEST:
        return 0
    return min(int(log2(seconds / SHORTEST) * PER_OCTAVE), BUCKETS - 1)


def spread(lower: float, upper: float, density: Sequence[float]) -> dict[str, int]:
    """Return the units to add for a video that ended between two polls, by the name of the bucket.

    Nobody knows when within the interval it ended: the units follow `density`, the weights that are expected of the buckets.
    """
    first, last = bucket_of(lower), bucket_of(upper)
    shares = {place: density[place] * _overlap(place, lower, upper) for place in range(first, last + 1)}
    total = sum(shares.values())
    if not total > 0:
        return {NAMES[last]: UNITS}
    units = {NAMES[place]: round(UNITS * share / total) for place, share in shares.items()}
    return {name: number for name, number in units.items() if number} or {NAMES[last]: UNITS}


def _overlap(place: int, lower: float, upper: float) -> float:
    """Return the share of a bucket that lies in the interval; something of it always does."""
    low, high = EDGES[place], EDGES[place + 1]
    return max((min(upper, high) - max(lower, low)) / (high - low), 1e-6)


def halved(item: Mapping[str, Any]) -> dict[str, int | None] | None:
    """Return the counters of a stored item that has grown too heavy, halved; None removes one. None if it has not."""
    units = {name: _sensible(item[name]) for name in NAMES if name in item}
    if sum(units.values()) < BOUND * UNITS:
        return None
    return {name: number // 2 or None for name, number in units.items()}
