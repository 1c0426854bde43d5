"""A request in provider-neutral terms, derived from its model and settings and never stored."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

# The vendor's default, in seconds, for models that take no such field.
EXPIRES_AFTER = 172_800


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One generation; times are in seconds, and None means that the model does not let clients choose."""

    prompt: str
    duration: int | None
    resolution: str | None
    ratio: str | None
    tier: str
    audio: bool
    expires_after: int

    @classmethod
    def read(cls, value: Callable[[str], Any]) -> Self:
        """Read a spec; `value` returns what the request says about a role, or None."""
        return cls(
            prompt=str(value("prompt") or ""),
            duration=value("duration"),
            resolution=value("resolution"),
            ratio=value("ratio"),
            tier=str(value("service_tier") or "default"),
            audio=bool(value("audio")),
            expires_after=int(value("execution_expires_after") or EXPIRES_AFTER),
        )
