"""Every answer of the API ends as a terminal expects it."""

from typing import TYPE_CHECKING

import pytest

from tests.support.makers import any_body

if TYPE_CHECKING:
    from tests.support.world import World

ANSWERS = [
    ("GET", "/health", None, 200),
    ("GET", "/openapi.json", None, 200),
    ("GET", "/v1/videos", None, 200),
    ("GET", "/v1/models", None, 200),
    ("POST", "/v1/quotes", any_body(), 200),
    ("POST", "/v1/videos", any_body(), 202),
    ("POST", "/v1/videos", {"prompt": " "}, 422),
    ("POST", "/v1/videos", "{", 400),
    ("GET", "/v1/videos/vid_1", None, 404),
    ("PATCH", "/v1/videos", None, 405),
    ("GET", "/nowhere", None, 404),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), ANSWERS)
def test_a_json_answer_ends_with_one_newline(world: "World", method: str, path: str, body: object, status: int) -> None:
    answer = world.ask(method, path, body=body)
    assert answer.status == status
    assert answer.body.endswith("}\n")
    assert answer.json


def test_a_refusal_without_a_key_ends_with_one_newline(world: "World") -> None:
    assert world.ask("GET", "/v1/videos", key=None).body.endswith("}\n")


def test_an_answer_without_a_body_stays_without_one(world: "World") -> None:
    asked = {"Origin": "https://a.example.com", "Access-Control-Request-Method": "GET"}
    assert world.ask("OPTIONS", "/v1/videos", headers=asked).body == ""
