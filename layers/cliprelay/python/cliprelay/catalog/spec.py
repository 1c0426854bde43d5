"""A request in provider-neutral terms, derived from its model and settings and never stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cliprelay.catalog.model import Model

# The vendor's default in seconds, for models without such a field.
EXPIRES_AFTER = 172_800

# Field names in records whose model this version does not know.
_USUAL_NAMES = {"audio": "generate_audio"}


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
    def of(cls, model: Model | None, settings: Mapping[str, Any]) -> Self:
        """Read settings by the roles of the model's fields, filling in its defaults."""

        def value(role: str) -> Any:
            return model.value(settings, role) if model else settings.get(_USUAL_NAMES.get(role, role))

        return cls(
            prompt=str(value("prompt") or ""),
            duration=value("duration"),
            resolution=value("resolution"),
            ratio=value("ratio"),
            tier=str(value("service_tier") or "default"),
            audio=bool(value("audio")),
            expires_after=int(value("execution_expires_after") or EXPIRES_AFTER),
        )
