"""Each model's path and field names at MyRouter."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wire:
    """One model: `names` maps fields to MyRouter's names, `unsent` lists fields that it does not accept."""

    path: str
    names: Mapping[str, str] = field(default_factory=dict)
    unsent: frozenset[str] = frozenset()

    def name(self, field: str) -> str:
        """Return MyRouter's name for a field."""
        return self.names.get(field, field)


# fps has a single legal value, and the family's other models have no such field.
_NO_FPS = frozenset({"fps"})
WIRES = {
    "seedance-v1.5-pro-i2v": Wire("/v3/async/seedance-v1.5-pro-i2v", unsent=_NO_FPS),
    "seedance-v1.5-pro-t2v": Wire("/v3/async/seedance-v1.5-pro-t2v", unsent=_NO_FPS),
    "seedance-v1-pro-t2v": Wire("/v3/async/seedance-v1-pro-t2v"),
    "seedance-v1-lite-t2v": Wire("/v3/async/seedance-v1-lite-t2v"),
}


def wire_of(model: str) -> Wire:
    """Return the wire format of a model; a model without an entry follows the family's pattern."""
    return WIRES.get(model) or Wire(f"/v3/async/{model}")
