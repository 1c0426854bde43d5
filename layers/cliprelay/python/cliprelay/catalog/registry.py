"""All known models, and the ones that a deployment offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cliprelay.catalog import seedance_1_0, seedance_1_5
from cliprelay.catalog.data_handling import DataHandling
from cliprelay.catalog.model import Model
from cliprelay.catalog.spec import Spec

# To add a model, add its entry here; everything else reads the entry.
MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        seedance_1_5.IMAGE_TO_VIDEO,
        seedance_1_5.TEXT_TO_VIDEO,
        seedance_1_0.PRO_TEXT_TO_VIDEO,
        seedance_1_0.LITE_TEXT_TO_VIDEO,
    )
}
# The model of a request without `model`, where it is offered.
DEFAULT_MODEL = "seedance-v1.5-pro-i2v"


class UnknownModels(ValueError):
    """The EnabledModels parameter names an unknown model."""


@dataclass(frozen=True)
class Offer:
    """The models that clients may order, the default first."""

    models: tuple[Model, ...]

    @classmethod
    def of(cls, names: str) -> Self:
        """Parse a comma-separated list; an empty one means the default offer. Raises UnknownModels."""
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        unknown = [name for name in wanted if name not in MODELS]
        if unknown:
            raise UnknownModels(f"EnabledModels contains unknown models: {', '.join(unknown)}; known models are {', '.join(MODELS)}")
        offered = [MODELS[name] for name in dict.fromkeys(wanted)] or [model for model in MODELS.values() if model.enabled]
        return cls(tuple(sorted(offered, key=lambda model: model.name != DEFAULT_MODEL)))

    @property
    def default(self) -> Model:
        """The model of requests that name none."""
        return self.models[0]

    def find(self, name: object) -> Model | None:
        """Find an offered model by name."""
        return next((model for model in self.models if model.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The accepted values of `model`."""
        return tuple(model.name for model in self.models)


def model_of(name: str) -> Model | None:
    """Return the entry of a recorded video's model; None if only another version knows it."""
    return MODELS.get(name)


def handling_of(model: str, provider: str | None) -> DataHandling | None:
    """Return what is known of the provider of a recorded video; records of earlier versions do not name it."""
    known = {each.handling.provider: each.handling for each in MODELS.values()}
    entry = model_of(model)
    return known.get(provider or "") or (entry.handling if entry else None)


# What the fields are called in records whose model this version does not know.
_USUAL_NAMES = {"audio": "generate_audio"}


def spec_of(model: str, settings: Mapping[str, Any]) -> Spec:
    """Return what a recorded request asks for, also of a model that was known to another version."""
    known = model_of(model)
    return known.spec(settings) if known else Spec.read(lambda role: settings.get(_USUAL_NAMES.get(role, role)))
