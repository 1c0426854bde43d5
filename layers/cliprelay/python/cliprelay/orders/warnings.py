"""Non-blocking warnings about an order, each with a stable code."""

import re
from collections.abc import Iterator

from cliprelay.catalog.model import Model
from cliprelay.catalog.spec import Spec

# The commands that other APIs read at the end of a prompt, with the role of the field that replaces each.
_SETTINGS = {
    "resolution": "resolution",
    "rs": "resolution",
    "ratio": "ratio",
    "rt": "ratio",
    "duration": "duration",
    "dur": "duration",
    "framespersecond": "fps",
    "fps": "fps",
    "frames": "duration",
    "watermark": "watermark",
    "wm": "watermark",
    "seed": "seed",
    "camerafixed": "camera_fixed",
    "camera_fixed": "camera_fixed",
    "cf": "camera_fixed",
}
# Two hyphens, or the dash that a phone makes of them, begin a command.
_BEGINNINGS = ("--", "\u2014")
# A command as a whole word with a value of its kind.
_SETTING = re.compile(
    rf"(?<!\S)(?:{'|'.join(_BEGINNINGS)})({'|'.join(_SETTINGS)})(?:\s+|=)(?:-?[0-9][\w.:]*|true|false|adaptive|auto)(?!\w)", re.IGNORECASE
)

Warnings = list[dict[str, str]]


def warnings_of(model: Model, spec: Spec, given: frozenset[str]) -> Warnings:
    """List the warnings about an order, except its images; `given` names the fields that the client set."""
    found = [
        *_long_prompt(model, spec),
        *_sound(model, given, spec),
        *_flex(spec),
        *_settings_in_prompt(model, spec),
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


def _settings_in_prompt(model: Model, spec: Spec) -> Found:
    if not any(each in spec.prompt for each in _BEGINNINGS):  # seen much faster than by the expression
        return
    written = dict.fromkeys(found[1].lower() for found in _SETTING.finditer(spec.prompt))
    if written:
        fields = dict.fromkeys(field.name for name in written if (field := model.meaning(_SETTINGS[name])))
        use = f" Use {', '.join(fields)}." if fields else ""
        commands = ", ".join(f"--{name}" for name in written)
        yield "settings_in_prompt", f"The prompt contains {commands}, which may be ignored: settings count, and are priced, as fields.{use}"


def _unverified(model: Model) -> Found:
    if not model.verified:
        yield "unverified_model", f"{model.notes[0]} A video that the upstream refuses fails and is not charged."
