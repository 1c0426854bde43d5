"""The picture of an order: a file, whose bytes say what it is, an address, or one of the objects that OpenAI's packages send."""

import base64
from collections.abc import Callable
from typing import Any

from cliprelay.api.openai.multipart import TO_FILE
from cliprelay.images.formats.unsupported import HEAD
from cliprelay.images.probe import format_of

# Adds a complaint: the field, and what is wrong with it.
Complain = Callable[[str, str], None]

_FORMS = 'a file, or {"image_url": "https://…"}'
_FILE_ID = "file_id does not exist here: POST /v1/uploads takes the file, and its `image` is then the image_url"


def reference_of(value: Any, complain: Complain) -> str | None:
    """Return the address or the data URL of an `input_reference`; None, after a complaint unless there is none."""
    if not isinstance(value, dict):
        return None if value is None else picture_of("input_reference", value, complain)
    if isinstance(value.get("image_url"), str) and set(value) == {"image_url"}:
        return str(value["image_url"])
    complain("input_reference", _wrong(value))
    return None


def picture_of(name: str, value: Any, complain: Complain) -> str | None:
    """Return a file as a data URL, and a text as it is; None after a complaint."""
    if isinstance(value, bytes):
        if not value:
            complain(name, "is an empty file")
            return None
        # What a client declares is often only octet-stream. The data of no known format is refused with the list of formats.
        return f"data:image/{format_of(value[:HEAD]) or 'png'};base64,{base64.b64encode(value).decode()}"
    if isinstance(value, str):
        return value
    complain(name, f"must be {_FORMS}")
    return None


def _wrong(value: dict[str, Any]) -> str:
    if "file_id" in value:
        return "has image_url and file_id: send image_url alone" if "image_url" in value else _FILE_ID
    if not value or "data" in value or any(key.isdecimal() for key in value):
        return TO_FILE
    return f"must be {_FORMS}"
