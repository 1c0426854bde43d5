"""Each route is described once: path, methods, bodies and whether it needs a key."""

import pytest
from pydantic import BaseModel

from cliprelay.api.http.endpoints import Endpoint, EndpointResolver


class Body(BaseModel):
    """Any body."""


@pytest.fixture
def app() -> EndpointResolver:
    app = EndpointResolver()

    @app.endpoint("GET", "/things/<thing_id>")
    def read_thing(thing_id: str) -> str:
        return thing_id

    @app.endpoint("POST", "/things/<thing_id>", body=Body)
    def change_thing(thing_id: str) -> str:
        return thing_id

    app.remember("GET", "/open", is_public=True)
    return app


def _found(app: EndpointResolver, path: str) -> Endpoint:
    endpoint = app.find(path)
    assert endpoint is not None
    return endpoint


def test_an_endpoint_has_every_method_of_its_path_with_the_body_that_it_takes(app: EndpointResolver) -> None:
    assert _found(app, "/things/7").bodies == {"GET": None, "POST": Body}


def test_an_endpoint_needs_a_key_unless_it_is_public(app: EndpointResolver) -> None:
    assert not _found(app, "/things/7").is_public
    assert _found(app, "/open").is_public


@pytest.mark.parametrize("path", ["/things", "/things/", "/things/7/8", "/things/7\n", "/things/\x007", "//things/7", "/open/"])
def test_a_path_is_found_only_as_a_whole_and_without_control_characters(app: EndpointResolver, path: str) -> None:
    assert app.find(path) is None


def test_a_path_is_public_for_all_of_its_methods_or_for_none(app: EndpointResolver) -> None:
    with pytest.raises(ValueError, match="/open is public for some methods"):
        app.remember("POST", "/open", body=Body)
