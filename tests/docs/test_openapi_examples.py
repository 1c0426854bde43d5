"""Every example of the API's description is valid, and says nothing that the API would not."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.documents import TEXTS, example
from tests.support.makers import read_order
from tests.support.paths import ROOT

OPENAPI: dict[str, Any] = json.loads((ROOT / "docs/reference/openapi.json").read_text())
SCHEMAS: dict[str, Any] = OPENAPI["components"]["schemas"]


def _examples(part: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield the place, the schema and the value of every example."""
    if isinstance(part, list):
        for number, each in enumerate(part):
            yield from _examples(each, f"{path}/{number}")
    if not isinstance(part, dict):
        return
    if "example" in part and not path.endswith("/properties"):
        yield path, part, part["example"]
    named = part.get("examples")
    if isinstance(named, list):
        yield from ((path, part, each) for each in named)
    if isinstance(named, dict) and "schema" in part:
        yield from ((f"{path}/{name}", part["schema"], each["value"]) for name, each in named.items())
    for name, each in part.items():
        yield from _examples(each, f"{path}/{name}")


FOUND = list(_examples(OPENAPI))


@pytest.mark.parametrize(("place", "schema", "value"), FOUND, ids=[place for place, _, _ in FOUND])
def test_an_example_satisfies_its_own_schema(place: str, schema: dict[str, Any], value: Any) -> None:
    validator = Draft202012Validator(schema | {"components": OPENAPI["components"]})
    assert [error.message for error in validator.iter_errors(value)] == []


def test_the_examples_are_found() -> None:
    assert {"/components/schemas/VideoAnswer", "/components/schemas/DeliveryAnswer"} <= {place for place, _, _ in FOUND}


def test_the_example_of_a_video_has_what_a_real_one_of_its_status_has() -> None:
    shown, real = SCHEMAS["VideoAnswer"]["example"], example(TEXTS["README.md"], "video")
    assert shown["status"] == real["status"] == "succeeded"
    assert shown.keys() == real.keys()
    assert shown["video"].keys() == real["video"].keys()
    assert shown["request"] == read_order({**shown["request"], "image": "https://assets.example.com/a.png"}).settings
    ids = re.findall(r"vid_\w{26}", json.dumps(shown))
    assert set(ids) == {shown["id"]}


@pytest.mark.parametrize(
    "name", [name for name in SCHEMAS if name.endswith("Order") and "example" in SCHEMAS[name] and "prompt" in SCHEMAS[name]["properties"]]
)
def test_the_example_of_an_order_is_accepted(name: str) -> None:
    assert read_order(SCHEMAS[name]["example"]).settings["prompt"]
