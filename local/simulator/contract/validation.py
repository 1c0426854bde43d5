"""Check a create request as strictly as its model's catalog entry allows, independently of the product's checks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cliprelay.catalog.model import Field, Kind, Model
from local.simulator.contract.errors import invalid
from local.simulator.contract.images import Picture, fetcher, read_picture
from local.simulator.contract.options import Options
from local.simulator.contract.pricing import DEFAULT, nearest_ratio

# Fields of the default model.
FIELDS = tuple(field.name for field in DEFAULT.fields)

# Assumed for the price of an adaptive video whose image URL has not been fetched.
_ASSUMED_RATIO = "16:9"


@dataclass(frozen=True)
class Order:
    """A request that the upstream accepts."""

    model: Model
    prompt: str
    image: Picture | None
    last_image: Picture | None
    ratio: str
    resolution: str
    service_tier: str
    duration: int
    fps: int
    seed: int
    execution_expires_after: int
    watermark: bool
    camera_fixed: bool
    generate_audio: bool
    fields: tuple[str, ...] = field(default=())

    @property
    def shape(self) -> str:
        """The listed ratio of the video, as far as known."""
        if self.ratio != "adaptive":
            return self.ratio
        header = self.image.header if self.image else None
        return nearest_ratio(self.resolution, header.width, header.height, self.model) if header else _ASSUMED_RATIO

    @property
    def picture_files(self) -> list[str]:
        """The files of the images that are on disk."""
        return [picture.file for picture in (self.image, self.last_image) if picture and picture.file]

    @property
    def size(self) -> tuple[int, int]:
        """The video's width and height in pixels."""
        return self.model.geometry[self.resolution][self.shape]


# The values for models without such a field.
_WITHOUT: Mapping[str, Any] = {
    "service_tier": "default",
    "seed": -1,
    "execution_expires_after": 172800,
    "watermark": False,
    "camera_fixed": False,
    "generate_audio": False,
}
# Parts of an order whose names differ from their fields' meanings.
_PARTS = {"generate_audio": "audio"}


def read_order(body: bytes, options: Options, model: Model = DEFAULT) -> Order:
    """Parse a request; like the upstream, raise UpstreamError for only the first problem."""
    request = _read_object(body)
    _check_fields(request, options, model)
    values = {field.means: _value(field, request, options) for field in model.fields if field.kind not in (Kind.IMAGE, Kind.PROMPT)}
    _check_combinations(request, model)
    prompt = _prompt(request, model)
    render_frames = {field.means: _picture(field, request, options) for field in model.image_fields}
    return Order(
        model=model,
        prompt=prompt,
        image=render_frames.get("image"),
        last_image=render_frames.get("last_image"),
        fields=tuple(sorted(request)),
        fps=model.fps,
        ratio=values["ratio"],
        resolution=values["resolution"],
        duration=values["duration"],
        **{part: _or_without(part, values.get(_PARTS.get(part, part))) for part in _WITHOUT},
    )


def _or_without(part: str, value: Any) -> Any:
    return _WITHOUT[part] if value is None else value


def _picture(field: Field, request: Mapping[str, Any], options: Options) -> Picture | None:
    if field.name not in request and not field.required:
        return None
    fetch_now = fetcher(options.fetch) if options.fetch_at == "create" else None
    return read_picture(field.name, request.get(field.name), fetch_now)


def _check_combinations(request: Mapping[str, Any], model: Model) -> None:
    values = {field.name: request.get(field.name, field.default) for field in model.fields}
    broken = next((rule for rule in model.forbidden if rule.applies(values)), None)
    if broken:
        raise invalid(broken.message)


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise invalid("the body is not valid JSON") from None
    if not isinstance(request, dict):
        raise invalid("the body must be a JSON object")
    return request


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check_fields(request: Mapping[str, Any], options: Options, model: Model) -> None:
    unknown = sorted(set(request) - {field.name for field in model.fields})
    if unknown and options.unknown_fields == "refuse":
        raise invalid(f"unknown field {unknown[0]}")


def _prompt(request: Mapping[str, Any], model: Model) -> str:
    prompt = request.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise invalid("prompt must be a non-empty string")
    if model.prompt.documented and len(prompt) > model.prompt.most:
        raise invalid(f"prompt must have at most {model.prompt.most} characters")
    return prompt


def _value(field: Field, request: Mapping[str, Any], options: Options) -> Any:
    name = field.name
    if name not in request:
        if field.required:
            raise invalid(f"{name} is required")
        return field.default
    value = request[name]
    if field.kind is Kind.FLAG:
        return _flag(name, value)
    if field.kind is Kind.INTEGER or isinstance(field.choices[0], int):
        return _integer(field, value, options.float_integers)
    return _choice(field, value)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise invalid(f"{name} must be true or false")
    return value


def _choice(field: Field, value: object) -> str:
    if not isinstance(value, str) or value not in field.choices:
        raise invalid(f"{field.name} must be {field.accepted}")
    return value


def _integer(field: Field, value: object, floats: bool) -> int:
    if floats and isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"{field.name} must be an integer")
    legal = value in field.choices if field.choices else (field.low or 0) <= value <= (field.high or 0)
    if not legal:
        raise invalid(f"{field.name} must be {field.accepted}")
    return value
