"""null is an absent field, in bodies and in their schemas."""

from typing import Annotated, Any, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from cliprelay.orders.null_fields import allow_nulls, without_nulls


class Shape(BaseModel):
    needed: str
    number: Annotated[int, Field(ge=4, description="How many.")] = 5
    choice: Literal["a", "b"] = "a"
    single: Literal[24] = 24
    nullable: str | None = None


def test_known_fields_that_are_null_are_dropped_and_unknown_ones_stay() -> None:
    body = {"needed": None, "number": None, "choice": "b", "nonsense": None}
    assert without_nulls(body, Shape) == {"choice": "b", "nonsense": None}


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        ({"number": None, "choice": None, "single": None, "nullable": None}, True),
        ({"number": 4, "choice": "b", "single": 24}, True),
        ({"number": 3}, False),
        ({"choice": "c"}, False),
        ({"single": 25}, False),
        ({"needed": None}, False),
    ],
)
def test_a_schema_says_that_every_optional_field_may_be_null(body: dict[str, Any], valid: bool) -> None:
    schema = Shape.model_json_schema()
    allow_nulls(schema)
    assert Draft202012Validator(schema).is_valid({"needed": "x"} | body) is valid
    assert schema["properties"]["number"]["description"] == "How many."
