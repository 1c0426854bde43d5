"""The pace of polling before anything is known, and the bounds of what is learned; pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """The polling pace of a service tier; times are in seconds.

    `steady` is the age from which waits grow with the age; `price` is how late a video may be for one poll less.
    """

    first: int
    floor: int
    cap: int
    growth: float
    price: float
    steady: int = 0
    learned_until: float = float("inf")

    def wait(self, age: float) -> float:
        """Return the wait at an age about which nothing is known."""
        return min(max(self.growth * (age - self.steady), self.floor), self.cap)

    def bounds(self, age: float) -> tuple[float, float]:
        """Return the shortest and the longest wait that a learned schedule may choose at this age."""
        usual = self.wait(age)
        shortest = usual / DENSEST if age < self.learned_until else usual
        return shortest, max(usual, age, 0 if age else FIRST_STRETCH * self.first)


# The default tier: generation times are log-normal with a median near 50 s and p95 near 180 s (upstream documentation gives no
# figure; these restate samples and resellers' notes). For that distribution, the product of polls and lateness is 3 % above that
# of the best schedule, which knows it. Waiting a twentieth of the age limits the delay to about 2.5 %, on average.
# Flex is a batch queue: 20 minutes or 8 hours. Some 55 polls in 72 hours, and 28 % later than the best schedule with as many polls
# (median 2 h, p95 8 h).
PACES = {
    "default": Pace(first=20, floor=8, cap=300, growth=0.05, price=0.66, learned_until=600),
    "flex": Pace(first=720, floor=900, cap=14_400, growth=0.1, price=75, steady=7_200),
}
# A learned schedule polls at most twice as densely as the fixed one, and never waits longer than the video has taken already:
# if the upstream changes, it is at most twice as late. The first wait is at most four times the usual one.
DENSEST = 2
FIRST_STRETCH = 4


def pace_of(tier: str) -> Pace:
    """Return the pace of a tier; an unknown one has the default pace."""
    return PACES.get(tier, PACES["default"])
