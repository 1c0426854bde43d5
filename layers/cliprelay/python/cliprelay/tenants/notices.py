"""What is said when a budget has reached a share of its limit: an event for the tenant and a message for the operator."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from cliprelay import ids
from cliprelay.catalog.micros import usd
from cliprelay.tenants.budgets import budget_name, resets_at


@dataclass(frozen=True, kw_only=True)
class BudgetNotice:
    """A threshold that a budget has reached, in percent of its limit; amounts are in micro-dollars, as they were at that moment."""

    tenant: str
    key_name: str | None = None
    span: str  # `day` or `month`
    period: str
    percent: int
    limit: int
    used: int
    reached_at: str

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read the item that the reserving transaction has put."""
        return cls(**{each.name: item[each.name] for each in fields(cls) if each.name in item})

    @property
    def subject(self) -> str:
        """Return a name of what the event is about, the same whenever it is published."""
        return f"budget#{self.tenant}#{self.key_name or ''}#{self.period}#{self.percent}"

    @property
    def event_id(self) -> str:
        """Return the id of the event, the same whenever it is published."""
        return ids.event_id_of(self.subject, datetime.fromisoformat(self.reached_at))

    def data(self) -> dict[str, Any]:
        """Return the data of the event, with the names that a refusal has."""
        return {
            "object": "budget",
            "budget": budget_name(self.key_name, self.span),
            "period": self.period,
            "percent": self.percent,
            "limit_usd": usd(self.limit),
            "used_usd": usd(self.used),
            "reached_at": self.reached_at,
            "resets_at": resets_at(self.period),
        }

    def message(self) -> tuple[str, list[str]]:
        """Return the subject and the lines of a message to the operator."""
        who = f"Tenant {self.tenant}" if self.key_name is None else f"The key {self.key_name} of tenant {self.tenant}"
        option = "" if self.key_name is None else f" --key-name {self.key_name}"
        lines = [
            f"{who} has used {usd(self.used)} of the {usd(self.limit)} USD that it may spend in the {self.span} {self.period}.",
            "That includes what open videos may cost, and what is in doubt.",
            "",
            f"Orders that do not fit are refused with 402 budget_exceeded until {resets_at(self.period)}. To raise the limit:",
            f"  python -m operate budgets set --tenant {self.tenant}{option} --{self.span} USD",
        ]
        return f"ClipRelay: tenant {self.tenant} has used {self.percent} % of a budget", lines
