"""The report about usage, as JSON and as CSV (RFC 4180)."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from cliprelay.api.http.accept import weights_of
from cliprelay.catalog.micros import usd
from cliprelay.tenants.period import Period
from cliprelay.tenants.usage import By, Counts, total

COLUMNS = ("videos", "seconds", "tokens", "reserved_usd", "settled_usd", "doubtful_usd")
CSV = "text/csv; charset=utf-8; header=present"


def show_usage(groups: Mapping[str, Counts], by: By, period: Period) -> dict[str, Any]:
    """Show the groups of a period and their sum."""
    return {
        "object": "usage",
        "from": str(period.first),
        "to": str(period.last),
        "by": by,
        "data": [{by: name, **_shown(counts)} for name, counts in groups.items()],
        "total": _shown(total(groups.values())),
    }


def usage_csv(groups: Mapping[str, Counts], by: By) -> str:
    """Write the groups of a period as lines, without their sum."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([by, *COLUMNS])
    writer.writerows([name, *_shown(counts).values()] for name, counts in groups.items())
    return text.getvalue()


def prefers_csv(accept: str | None) -> bool:
    """Report whether an Accept header names CSV, and no less gladly than JSON."""
    weights = weights_of(accept or "")
    asked = weights.get("text/csv", weights.get("text/*", 0.0))
    return asked > 0 and asked >= weights.get("application/json", 0.0)


def _shown(counts: Counts) -> dict[str, Any]:
    amounts = (counts.reserved, counts.settled, counts.doubtful)
    return dict(zip(COLUMNS, (counts.videos, counts.seconds, counts.tokens, *map(usd, amounts)), strict=True))
