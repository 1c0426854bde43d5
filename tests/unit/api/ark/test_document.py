"""The document of the Ark API is valid, describes its routes, and is small."""

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from cliprelay.api.app import build_app
from cliprelay.api.ark.document import document
from cliprelay.api.ark.order import FIELDS
from cliprelay.api.ark.routes import FACE
from cliprelay.video.states import Status
from tests.support.delivery_runner import ended_video
from tests.support.makers import any_video

if TYPE_CHECKING:
    from tests.support.world import World

URL = "/api/v3/openapi.json"
TASKS = "/api/v3/contents/generations/tasks"
DOCUMENT = document("https://api.example.com")


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]})


def test_the_document_is_valid_openapi() -> None:
    validate(DOCUMENT)
    assert len(json.dumps(DOCUMENT, indent=2)) < 40_000


def test_it_is_served_without_a_key_and_only_if_the_operator_wants_that(world: "World") -> None:
    served = world.ask("GET", URL, key=None)
    assert served.json == document("https://abcdefghij.execute-api.us-east-1.amazonaws.com")
    assert world.ask("GET", URL, key=None, front=world.front(serve_docs=False)).status == 404


def test_exactly_the_routes_and_their_methods_are_documented(world: "World") -> None:
    endpoints = [each for each in build_app(world.services()).endpoints.values() if each.face is FACE and each.template != URL]
    routes = {(re.sub(r"<(\w+)>", r"{\1}", each.template), method) for each in endpoints for method in each.routes}
    assert {(path, method.upper()) for path, item in DOCUMENT["paths"].items() for method in item} == routes


def test_exactly_the_fields_of_an_order_are_documented() -> None:
    assert tuple(DOCUMENT["components"]["schemas"]["Order"]["properties"]) == FIELDS


@pytest.mark.parametrize("status", list(Status))
def test_every_answer_is_as_documented(world: "World", status: Status) -> None:
    known: dict[str, Any] = {"settings": any_video().settings | {"seed": 7}, "metadata": {"a": "b", "safety_identifier": "u"}}
    video = world.put(ended_video(status=status, link="A" * 43, quote={"tokens": 5, "usd": "1", "usd_per_million": "1"}, **known))
    task = world.ask("GET", f"{TASKS}/{video.id}").json
    schema("Task").validate(task)
    assert set(task) <= set(DOCUMENT["components"]["schemas"]["Task"]["properties"])
    listed = world.ask("GET", TASKS, query=f"filter.task_ids={video.id}").json
    assert listed["items"] == [task]
    schema("Error").validate(world.ask("GET", f"{TASKS}/none").json)
    (order,) = re.findall(r'"example": (\{.*?\}\]\})', json.dumps(DOCUMENT))
    schema("Order").validate(json.loads(order))
    assert world.ask("POST", TASKS, body=order).status == 200
