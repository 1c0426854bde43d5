"""Non-blocking warnings about an order, each with a stable code."""

from collections.abc import Iterator

from cliprelay.catalog.model import Model
from cliprelay.catalog.spec import Spec

Warnings = list[dict[str, str]]


def warnings_of(model: Model, spec: Spec, given: frozenset[str]) -> Warnings:
    """List the warnings about an order, except its images; `given` names the fields that the client set."""
    found = [
        *_long_prompt(model, spec),
        *_sound(model, given, spec),
        *_flex(spec),
        *_unverified(model),
    ]
    return [{"code": code, "message": message} for code, message in found]


Found = Iterator[tuple[str, str]]


def _long_prompt(model: Model, spec: Spec) -> Found:
    length = len(spec.prompt)
    if length > model.prompt.advised:
        yield "long_prompt", f"The prompt has {length:,} characters; the model advises at most {model.prompt.advised:,}."


def _sound(model: Model, given: frozenset[str], spec: Spec) -> Found:
    field = model.meaning("audio")
    if field and field.name not in given and spec.audio:
        yield "audio_doubles_price", f"{field.name} is on by default and doubles the price; send false for a silent video, true to confirm."


def _flex(spec: Spec) -> Found:
    if spec.tier == "flex":
        yield "flex_is_slow", "flex costs half but takes minutes to hours in an offline queue, without a guaranteed time."


def _unverified(model: Model) -> Found:
    if not model.verified:
        yield "unverified_model", f"{model.notes[0]} A video that the upstream refuses fails and is not charged."
