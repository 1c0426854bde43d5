"""Text commands: settings that old clients write into the text, as in `Waves at dusk --rs 480p --dur 6`."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cliprelay.catalog.model import Field, Kind, Model

# By what each sets; None: no model that is offered has it.
COMMANDS: Mapping[str, str | None] = {
    "rs": "resolution",
    "resolution": "resolution",
    "rt": "ratio",
    "ratio": "ratio",
    "dur": "duration",
    "duration": "duration",
    "fps": "fps",
    "framespersecond": "fps",
    "seed": "seed",
    "cf": "camera_fixed",
    "camerafixed": "camera_fixed",
    "camera_fixed": "camera_fixed",
    "wm": "watermark",
    "watermark": "watermark",
    "frames": None,
}
_COMMAND = re.compile(rf"(?<!\S)--({'|'.join(COMMANDS)})(?:(?:=|\s+)(?!--)(\S+))?(?!\S)", re.IGNORECASE)
_REMOVED = re.compile(rf"[ \t]*{_COMMAND.pattern}", re.IGNORECASE)
_ANY = re.compile(r"(?<!\S)--([A-Za-z][\w-]*)")
_FLAGS = {"true": True, "false": False}


class Text(NamedTuple):
    """A text without its commands: what they set, by role, with each as it was written, and what is wrong or of no effect."""

    prompt: str
    values: dict[str, Any]
    written: dict[str, str]
    complaints: list[str]
    unknown: list[str]


def read_text(text: str, model: Model) -> Text:
    """Take the known commands out of a text, and check each as the field that it sets."""
    values: dict[str, Any] = {}
    written: dict[str, str] = {}
    complaints: list[str] = []
    for match in _COMMAND.finditer(text):
        command, role = match[0].strip(), COMMANDS[match[1].lower()]
        value, complaint = _value(command, match[2], model.meaning(role) if role else None)
        if complaint is None and role and values.get(role, value) != value:
            complaint = f"{written[role]} and {command} contradict each other"
        if complaint:
            complaints.append(complaint)
        elif role:
            values[role], written[role] = value, command
    prompt = _REMOVED.sub("", text).strip()
    return Text(prompt, values, written, complaints, [f"--{name}" for name in dict.fromkeys(_ANY.findall(prompt))])


def _value(command: str, text: str | None, field: Field | None) -> tuple[Any, str | None]:
    """Return the value of a command, or what is wrong with it."""
    if field is None:
        return None, f"{command} is not possible for this model{'; use --dur' if command.startswith('--frames') else ''}"
    value = _converted(text or "", field)
    if value is None:
        why = "the price would not be known; " if (field.means, text) == ("duration", "-1") else ""
        return None, f"{command} is not possible: {why}{field.accepted}"
    return value, None


def _converted(text: str, field: Field) -> Any:
    """Return a text as a value of the field; None if it is none."""
    match field.kind:
        case Kind.FLAG:
            return _FLAGS.get(text.lower())
        case Kind.INTEGER:
            number = _integer(text)
            return number if number is not None and (field.low or 0) <= number <= (field.high or 0) else None
    value = _integer(text) if isinstance(field.choices[0], int) else text
    return value if value in field.choices else None


def _integer(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,12}", text) else None
