"""The document of this face is valid, small and complete, and its answers are those of the routes."""

import json
import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from cliprelay.api.app import build_app
from cliprelay.api.openai.document import document
from cliprelay.api.openai.prefix import FACE, PREFIX
from cliprelay.faces.openai import STATUSES
from cliprelay.video.states import Status
from tests.support.makers import any_video
from tests.support.openai_calls import VIDEOS, any_order, post_form

if TYPE_CHECKING:
    from tests.support.world import World

DOCUMENT = document("https://api.example.com")


def check(name: str, value: Any) -> None:
    Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}).validate(value)


def test_the_document_is_valid_and_small() -> None:
    validate(DOCUMENT)
    assert len(json.dumps(DOCUMENT)) < 40_000


def test_exactly_the_routes_are_documented(world: "World") -> None:
    documented = {(path, method.upper()) for path, item in DOCUMENT["paths"].items() for method in item if method != "parameters"}
    ours = [each for each in build_app(world.services()).endpoints.values() if each.face is FACE and not each.is_public]
    paths = {re.sub(r"<(\w+)>", r"{\1}", each.template).removeprefix(PREFIX): each.routes for each in ours}
    assert documented == {(path, method) for path, routes in paths.items() for method in routes}


def test_the_answers_are_what_the_document_says(world: "World") -> None:
    check("Order", any_order())
    check("Video", post_form(world, any_order()).json)
    check("Error", post_form(world, any_order(size="1x1")).json)
    check("ModelList", world.ask("GET", f"{PREFIX}/models").json)
    done = world.put(any_video(status=Status.SUCCEEDED))
    check("VideoList", world.ask("GET", VIDEOS).json)
    check("DeletedVideo", world.ask("DELETE", f"{VIDEOS}/{done.id}").json)


def test_every_status_is_documented() -> None:
    assert set(DOCUMENT["components"]["schemas"]["Video"]["properties"]["status"]["enum"]) == set(STATUSES.values())
