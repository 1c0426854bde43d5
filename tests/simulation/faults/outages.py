"""Bad weather: outages of the upstream, of our account there and of AWS services, each from one moment to another."""

from dataclasses import dataclass, field
from random import Random

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

Span = tuple[float, float]

# What is out, how likely it is in one run, and how long it lasts, in seconds: minutes mostly, half a day at worst, because an empty
# balance or a revoked key lasts as long as the owner sleeps. Long ones are rare here: each costs thousands of equal turns.
KINDS: dict[str, tuple[float, float, float]] = {
    "upstream": (0.5, 2 * MINUTE, HOUR),
    "upstream for long": (0.02, 6 * HOUR, 12 * HOUR),
    "balance": (0.3, 5 * MINUTE, 2 * HOUR),
    "key": (0.3, MINUTE, 2 * HOUR),
    "balance for long": (0.02, 6 * HOUR, 12 * HOUR),
    "dynamodb": (0.3, 20.0, 10 * MINUTE),
    "sfn": (0.4, 5 * MINUTE, HOUR),
    "sns": (0.3, 5 * MINUTE, 40 * MINUTE),
    "s3": (0.3, 5 * MINUTE, HOUR),
    "s3 for long": (0.01, 10 * HOUR, 20 * HOUR),
    "secrets-manager": (0.2, MINUTE, HOUR),
    "lambda": (0.3, MINUTE, 20 * MINUTE),
}

# The share of runs that have weather at all. The others are fair: an outage costs thousands of equal turns, and one run in four
# meets enough of them. The faults at every single call are in all runs.
BAD = 0.25


@dataclass
class Weather:
    """When what is out."""

    spans: dict[str, list[Span]] = field(default_factory=dict)

    def is_out(self, what: str, now: float) -> bool:
        """Whether a thing is in one of its outages, the short or the long ones."""
        return any(start <= now < end for name in (what, f"{what} for long") for start, end in self.spans.get(name, ()))

    def describe(self, start: float) -> list[str]:
        """One line per outage, in seconds after the start."""
        return [f"{name}: {begin - start:.0f} s to {end - start:.0f} s" for name, spans in self.spans.items() for begin, end in spans]


def forecast(rng: Random, start: float, length: float, severity: float) -> Weather:
    """The weather of one run whose orders come within `length` seconds; `severity` 0 is always fair, 1 is as bad as KINDS says."""
    spans: dict[str, list[Span]] = {}
    if rng.random() >= BAD:
        return Weather()
    for name, (likelihood, shortest, longest) in KINDS.items():
        if rng.random() < likelihood * severity:
            begin = start + rng.uniform(0, 1.5 * length)
            spans[name] = [(begin, begin + shortest * (longest / shortest) ** rng.random())]
    return Weather(spans)
