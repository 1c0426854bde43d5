"""What is legal in an order and yet may surprise: each warning has a code, and never stops anything."""

from collections.abc import Iterator

from cliprelay.catalog.model import Model
from cliprelay.catalog.spec import Spec

Warnings = list[dict[str, str]]


def warnings_of(model: Model, spec: Spec, given: frozenset[str]) -> Warnings:
    """All warnings about an order but those about its images; `given` are the fields that the client set."""
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
        yield "audio_doubles_price", f"{field.name} was left on, which doubles the price; send false for a silent video, true to say so."


def _flex(spec: Spec) -> Found:
    if spec.tier == "flex":
        yield "flex_is_slow", "flex costs half, and takes minutes to hours in an offline queue; nobody promises a time."


def _unverified(model: Model) -> Found:
    if not model.verified:
        yield "unverified_model", f"{model.notes[0]} What it refuses fails, and is not charged."
