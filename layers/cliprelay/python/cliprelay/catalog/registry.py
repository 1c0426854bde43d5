"""All models that are known, and which of them a deployment offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cliprelay.catalog import seedance_1_0, seedance_1_5
from cliprelay.catalog.model import Model
from cliprelay.catalog.spec import Spec

# A new model is one more name here; everything else reads its entry.
MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        seedance_1_5.IMAGE_TO_VIDEO,
        seedance_1_5.TEXT_TO_VIDEO,
        seedance_1_0.PRO_TEXT_TO_VIDEO,
        seedance_1_0.LITE_TEXT_TO_VIDEO,
    )
}
# What a request without `model` means, wherever it is offered.
DEFAULT_MODEL = "seedance-v1.5-pro-i2v"


class UnknownModels(ValueError):
    """The owner's list names a model that nobody knows."""


@dataclass(frozen=True)
class Offer:
    """The models that clients of a deployment may order, the one that is meant without a name first."""

    models: tuple[Model, ...]

    @classmethod
    def of(cls, names: str) -> Self:
        """The offer that a list with commas names; an empty one offers what is on by default. Raises UnknownModels."""
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        unknown = [name for name in wanted if name not in MODELS]
        if unknown:
            raise UnknownModels(f"EnabledModels names {', '.join(unknown)}; known are {', '.join(MODELS)}")
        offered = [MODELS[name] for name in dict.fromkeys(wanted)] or [model for model in MODELS.values() if model.enabled]
        return cls(tuple(sorted(offered, key=lambda model: model.name != DEFAULT_MODEL)))

    @property
    def default(self) -> Model:
        """The model of a request that names none."""
        return self.models[0]

    def find(self, name: object) -> Model | None:
        """An offered model by its name."""
        return next((model for model in self.models if model.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """What `model` takes."""
        return tuple(model.name for model in self.models)


def model_of(name: str) -> Model | None:
    """The entry of a recorded video; None for a model that was known to another version."""
    return MODELS.get(name)


# What the fields are called in records whose model this version does not know.
_USUAL_NAMES = {"audio": "generate_audio"}


def spec_of(model: str, settings: Mapping[str, Any]) -> Spec:
    """Return what a recorded request asks for, also of a model that was known to another version."""
    known = model_of(model)
    return known.spec(settings) if known else Spec.read(lambda role: settings.get(_USUAL_NAMES.get(role, role)))
