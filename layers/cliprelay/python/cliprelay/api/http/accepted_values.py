"""Describe the accepted values of a body's fields, from the same schema as the documentation."""

from functools import cache
from typing import Any

from pydantic import BaseModel


@cache
def values_in_words(body: type[BaseModel]) -> dict[str, str]:
    """Describe the accepted values of each field."""
    properties = body.model_json_schema()["properties"]
    return {name: _in_words(_simple(schema)) for name, schema in properties.items()}


def _simple(schema: dict[str, Any]) -> dict[str, Any]:
    return next((part for part in schema.get("anyOf", []) if part.get("type") != "null"), schema) | {
        key: value for key, value in schema.items() if key == "description"
    }


def _in_words(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if "const" in schema:
        return str(schema["const"])
    if "minimum" in schema:
        return f"an integer from {schema['minimum']} to {schema['maximum']}"
    if schema.get("type") == "boolean":
        return "true or false"
    return str(schema.get("description", schema.get("type", "")))
