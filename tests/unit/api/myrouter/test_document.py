"""The document of the provider's own API is valid, and says what its routes do."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from cliprelay.api.app import build_app
from cliprelay.api.myrouter.document import document
from cliprelay.api.myrouter.routes import FACE
from cliprelay.catalog.registry import MODELS, Offer
from cliprelay.faces.myrouter import task_of, unread_task
from cliprelay.video.record import iso
from cliprelay.video.states import Status
from tests.support.makers import NOW, any_body, any_settings, any_video

if TYPE_CHECKING:
    from tests.support.world import World

DOCUMENT = document("https://api.example.com", Offer.of(""))
BODY = DOCUMENT["paths"]["/v3/async/seedance-v1.5-pro-i2v"]["post"]["requestBody"]["content"]["application/json"]["schema"]


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]})


@pytest.mark.parametrize("offer", [Offer.of(""), Offer(tuple(MODELS.values()))])
def test_it_is_valid_and_small(offer: Offer) -> None:
    made = document("/", offer)
    validate(made)
    assert len(json.dumps(made, indent=2)) <= 40_000


def test_exactly_the_routes_and_their_methods_are_documented(world: "World") -> None:
    app = build_app(world.services())
    routes = {(each.template, method) for each in app.endpoints.values() if each.face is FACE for method in each.routes}
    named = {(path, method.upper()) for path, item in DOCUMENT["paths"].items() for method in item}
    found = {(app.find(path).template, method) for path, method in named}
    assert found == routes


def test_the_body_is_what_the_catalog_has() -> None:
    model = MODELS["seedance-v1.5-pro-i2v"]
    assert set(BODY["properties"]) == {*(field.name for field in model.fields), "extra"}
    assert BODY["required"] == ["image", "prompt"]


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ({}, True),
        ({"duration": None, "fps": None, "watermark": None, "extra": None}, True),
        ({"duration": 13}, False),
        ({"duration": "5"}, False),
        ({"prompt": " "}, False),
        ({"aspect_ratio": "1:1"}, False),
        ({"extra": {"webhook": {"url": "https://hooks.example.com/x"}}}, True),
        ({"extra": {"webhook": {"test_mode": {}}}}, False),
    ],
)
def test_the_body_is_as_strict_as_the_route(world: "World", changes: dict[str, Any], valid: bool) -> None:
    body = {**any_body(), **changes}
    assert Draft202012Validator({**BODY, "components": DOCUMENT["components"]}).is_valid(body) is valid
    assert (world.ask("POST", "/v3/async/seedance-v1.5-pro-i2v", body=body).status == 200) is valid


def test_tasks_and_refusals_are_as_documented(world: "World") -> None:
    done = any_video(
        status=Status.SUCCEEDED,
        link="A" * 43,
        expires_at=int(NOW.timestamp()) + 60,
        submitted_at=int(NOW.timestamp()),
        ended_at=iso(NOW),
        settings=any_settings(seed=7),
    )
    for shown in (task_of(any_video(), NOW), task_of(done, NOW), unread_task("vid_1")):
        schema("TaskResult").validate(shown)
    schema("Error").validate(world.ask("POST", "/v3/async/seedance-v1.5-pro-i2v", body={}).json)
    schema("Ordered").validate(world.ask("POST", "/v3/async/seedance-v1.5-pro-i2v", body=any_body()).json)
