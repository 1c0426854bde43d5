"""Each route is described once: path, methods, bodies and whether it needs a key."""

from typing import Any

import pytest

from cliprelay.api.http.answers import Answer
from cliprelay.api.http.endpoints import Endpoint, Endpoints
from cliprelay.api.http.request import Request


def read_body(body: dict[str, Any]) -> dict[str, Any]:
    return body


@pytest.fixture
def app() -> Endpoints:
    app = Endpoints()

    @app.endpoint("GET", "/things/<thing_id>")
    def read_thing(asking: Request) -> Answer:
        return Answer(200, {}, asking.path["thing_id"])

    @app.endpoint("POST", "/things/<thing_id>", body=read_body)
    def change_thing(asking: Request) -> Answer:
        return Answer(200, {}, asking.path["thing_id"])

    app.remember("GET", "/open", is_public=True)
    return app


def _found(app: Endpoints, path: str) -> Endpoint:
    endpoint = app.find(path)
    assert endpoint is not None
    return endpoint


def test_an_endpoint_has_every_method_of_its_path_with_the_body_that_it_takes(app: Endpoints) -> None:
    assert {method: route.body for method, route in _found(app, "/things/7").routes.items()} == {"GET": None, "POST": read_body}


def test_an_endpoint_needs_a_key_unless_it_is_public(app: Endpoints) -> None:
    assert not _found(app, "/things/7").is_public
    assert _found(app, "/open").is_public


@pytest.mark.parametrize("path", ["/things", "/things/", "/things/7/8", "/things/7\n", "/things/\x007", "//things/7", "/open/"])
def test_a_path_is_found_only_as_a_whole_and_without_control_characters(app: Endpoints, path: str) -> None:
    assert app.find(path) is None


@pytest.mark.parametrize("segment", ["7", "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB", "a b", "%2F", "\u00e9t\u00e9", "-._~()'!*:@,;=+&$%<>[]{}|^"])
def test_a_parameter_of_a_path_is_its_segment_as_sent(app: Endpoints, segment: str) -> None:
    assert _found(app, f"/things/{segment}").values(f"/things/{segment}") == {"thing_id": segment}


@pytest.mark.parametrize("segment", ['"', "\\", "#", "?", "`", "\u2028", "\U0001f600"])
def test_a_segment_that_can_name_nothing_has_no_values(app: Endpoints, segment: str) -> None:
    assert _found(app, f"/things/{segment}").values(f"/things/{segment}") is None


def test_a_path_is_public_for_all_of_its_methods_or_for_none(app: Endpoints) -> None:
    with pytest.raises(ValueError, match="/open is public for some methods"):
        app.remember("POST", "/open")
