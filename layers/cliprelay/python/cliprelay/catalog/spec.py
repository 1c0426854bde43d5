"""What a request asks for, in words that no provider chose: derived from its model and its settings, and never stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cliprelay.catalog.model import Model

# The vendor's default, in seconds, for models that take no such field.
EXPIRES_AFTER = 172_800

# What the fields are called in records whose model this version does not know.
_USUAL_NAMES = {"audio": "generate_audio"}


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One generation; `duration` and `expires_after` are in seconds, None is what the model does not let a client choose."""

    prompt: str
    duration: int | None
    resolution: str | None
    ratio: str | None
    tier: str
    audio: bool
    expires_after: int

    @classmethod
    def of(cls, model: Model | None, settings: Mapping[str, Any]) -> Self:
        """Read the settings of a request by what the model's fields mean, with its defaults filled in."""

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
