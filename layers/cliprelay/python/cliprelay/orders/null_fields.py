"""`null` in a request body means that the field is absent, and takes its default."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def without_nulls(body: Mapping[str, Any], kind: type[BaseModel]) -> dict[str, Any]:
    """Return the body without the known fields that are null; unknown ones stay, to be refused by name."""
    return {name: value for name, value in body.items() if value is not None or name not in kind.model_fields}


# What belongs to the field itself and not to one kind of value.
_OF_THE_FIELD = ("default", "description", "title")


def allow_nulls(schema: dict[str, Any]) -> None:
    """Say in a JSON schema that every optional field may be null."""
    for name, field in schema["properties"].items():
        if name in schema.get("required", ()) or "anyOf" in field:
            continue
        value = {key: field.pop(key) for key in [*field] if key not in _OF_THE_FIELD}
        field["anyOf"] = [value, {"type": "null"}]
