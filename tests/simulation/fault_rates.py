"""Each run is bad in its own way: the seed decides which disturbances are frequent, usual or absent.

A mixture that is the same everywhere hides what needs three rare things at once (swarm testing: Groce et al., ISSTA 2012).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from tests.simulation.faults.plan import WEIGHTS, Fault
from tests.simulation.runtime.lambda_service import DELIVERIES, Delivery

K = TypeVar("K")

_MULTIPLES = (0, 1, 1, 6)


@dataclass(frozen=True)
class Temper:
    """What one run is like, beside its rate of faults."""

    faults: Mapping[Fault, float]
    deliveries: Mapping[Delivery, float]
    # The share of invocations to which something happens, and of paid calls that take long.
    delivery_rate: float
    slow_creates: float


def calm() -> Temper:
    """Nothing happens."""
    return Temper(WEIGHTS, DELIVERIES, 0.0, 0.0)


def draw(rng: Random, rate: float) -> Temper:
    """A temper for a run with this rate of faults."""
    delivery_rate = rate * rng.choice((0.25, 0.5, 1, 3))
    return Temper(_varied(rng, WEIGHTS), _varied(rng, DELIVERIES), min(0.4, delivery_rate), rng.choice((0.05, 0.05, 0.5)))


def _varied(rng: Random, weights: Mapping[K, float]) -> dict[K, float]:
    varied = {kind: weight * rng.choice(_MULTIPLES) for kind, weight in weights.items()}
    return varied if any(varied.values()) else dict(weights)
