"""One figure of the table: what is measured, against what, and what it should be at most or at least."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "ratio"]


@dataclass(frozen=True)
class Row:
    """A measure; a `ratio` is noisy, a `count` exact. `least` goals are reached from above, others from below; None is no goal."""

    part: str
    name: str
    anchor: str
    ours: float
    goal: float | None = None
    kind: Kind = "count"
    unit: str = ""
    least: bool = False
    # What the page calls the anchor's own figure, where both are counts.
    anchor_figure: float | None = None

    @property
    def is_reached(self) -> bool:
        """Whether the figure, as it is printed, meets its goal."""
        if self.goal is None:
            return True
        shown = float(f"{self.ours:.2f}")
        return shown >= self.goal if self.least else shown <= self.goal

    @property
    def ratio(self) -> float | None:
        """Return the figure over its anchor's; None where they cannot be compared."""
        if self.kind == "ratio":
            return self.ours
        return self.ours / self.anchor_figure if self.anchor_figure else None

    @property
    def shown(self) -> str:
        """The figure itself."""
        return f"x{self.ours:.2f}" if self.kind == "ratio" else f"{self.unit}{self.ours:,.2f}" if self.unit == "$" else _short(self.ours)

    @property
    def goal_shown(self) -> str:
        if self.goal is None:
            return "none"
        return f"{'≥' if self.least else '≤'} {self.unit if self.unit == '$' else ''}{_short(self.goal)}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:,.2f}".rstrip("0").rstrip(".")
