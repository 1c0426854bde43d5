"""The orders of the check: each kind says how the upstream treats it, and how it has to end."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A prompt's directive for the simulator, the end that must come, and how often is paid for it."""

    name: str
    directive: str
    ends: str
    paid: int = 1


# Times are simulated seconds. Slow ones are under way in every exchange.
KINDS = (
    Kind("plain", "", "succeeded"),
    Kind("slow", "[sim queue=120 run=400]", "succeeded"),
    Kind("busy upstream", "[sim create=429:1]", "succeeded"),
    Kind("refused polls", "[sim poll=500:2 run=100]", "succeeded"),
    Kind("cut download", "[sim video=cut:1]", "succeeded"),
    Kind("failed at the upstream", "[sim outcome=fail run=60]", "failed"),
    Kind("refused", "[sim create=moderation]", "failed", paid=0),
    Kind("slow to queue", "[sim queue=300 run=100]", "succeeded"),
    Kind("no answer", "[sim create=drop-after-accept]", "unconfirmed"),
    Kind("very slow", "[sim queue=300 run=700]", "succeeded"),
)


def kind_of(number: int) -> Kind:
    """Return the kind of the n-th order."""
    return KINDS[number % len(KINDS)]
