"""The 13 documented fields of a create request, checked as strictly as their documentation allows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.simulator.options import Options
from local.simulator.pictures import Picture, fetcher, read_picture
from local.simulator.refusals import invalid
from local.simulator.tariff import nearest_ratio

_CHOICES = {
    "ratio": ("adaptive", "16:9", "4:3", "1:1", "3:4", "9:16", "21:9"),
    "resolution": ("720p", "480p"),
    "service_tier": ("default", "flex"),
}
_RANGES = {
    "duration": (4, 12),
    "fps": (24, 24),
    "seed": (-1, 2**32 - 1),
    "execution_expires_after": (3600, 259200),
}
_FLAGS = ("watermark", "camera_fixed", "generate_audio")
_DEFAULTS: Mapping[str, Any] = {
    "ratio": "adaptive",
    "resolution": "720p",
    "service_tier": "default",
    "duration": 5,
    "fps": 24,
    "seed": -1,
    "execution_expires_after": 172800,
    "watermark": False,
    "camera_fixed": False,
    "generate_audio": True,
}
FIELDS = ("image", "prompt", "last_image", *_DEFAULTS)

# The shape that is assumed for the price while an adaptive video's picture is a URL that nobody has fetched.
_ASSUMED_RATIO = "16:9"


@dataclass(frozen=True)
class Order:
    """A request that the upstream would take."""

    prompt: str
    image: Picture
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
        """The listed ratio that the video will have, as far as it is known now."""
        if self.ratio != "adaptive":
            return self.ratio
        header = self.image.header
        return nearest_ratio(self.resolution, header.width, header.height) if header else _ASSUMED_RATIO


def read_order(body: bytes, options: Options) -> Order:
    """Raise Refusal for the first thing that is wrong: like the upstream, it names one complaint at a time."""
    request = _read_object(body)
    _check_fields(request, options)
    values = {name: _value(name, request, options) for name in _DEFAULTS}
    fetch_now = fetcher(options.fetch) if options.fetch_at == "create" else None
    last = request.get("last_image")
    return Order(
        prompt=_prompt(request),
        image=read_picture("image", request.get("image"), fetch_now),
        last_image=None if "last_image" not in request else read_picture("last_image", last, fetch_now),
        fields=tuple(sorted(request)),
        **values,
    )


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


def _check_fields(request: Mapping[str, Any], options: Options) -> None:
    unknown = sorted(set(request) - set(FIELDS))
    if unknown and options.unknown_fields == "refuse":
        raise invalid(f"unknown field {unknown[0]}")


def _prompt(request: Mapping[str, Any]) -> str:
    prompt = request.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise invalid("prompt must be a non-empty string")
    return prompt


def _value(name: str, request: Mapping[str, Any], options: Options) -> Any:
    if name not in request:
        return _DEFAULTS[name]
    value = request[name]
    if name in _FLAGS:
        return _flag(name, value)
    return _choice(name, value) if name in _CHOICES else _integer(name, value, options.float_integers)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise invalid(f"{name} must be true or false")
    return value


def _choice(name: str, value: object) -> str:
    if not isinstance(value, str) or value not in _CHOICES[name]:
        raise invalid(f"{name} must be one of {', '.join(_CHOICES[name])}")
    return value


def _integer(name: str, value: object, floats: bool) -> int:
    if floats and isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"{name} must be an integer")
    low, high = _RANGES[name]
    if not low <= value <= high:
        raise invalid(f"{name} must be between {low} and {high}")
    return value
