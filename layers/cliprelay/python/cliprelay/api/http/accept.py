"""What an Accept header prefers (RFC 9110, section 12.5.1)."""

import re

_RANGE = re.compile(r"\s*([^\s;,]+)\s*((?:;[^,]*)?)(?:,|$)")
_WEIGHT = re.compile(r";\s*q\s*=\s*([^;\s]*)", re.IGNORECASE)


def weights_of(accept: str) -> dict[str, float]:
    """Return the weight of each media range of the header, by its name in lower case; 1 without a weight, 0 for a wrong one."""
    return {name.lower(): _weight(parameters) for name, parameters in _RANGE.findall(accept)}


def _weight(parameters: str) -> float:
    found = _WEIGHT.search(parameters)
    try:
        return float(found[1]) if found else 1.0
    except ValueError:
        return 0.0
