"""Foreign APIs under prefixes of their own: which paths are theirs, and what reaches their routes."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.face import Face
from cliprelay.api.http.preconditions import admit
from cliprelay.api.http.request import Request
from cliprelay.errors import Refusal
from cliprelay.tenants.api_keys import Identity
from tests.support.makers import request_event

if TYPE_CHECKING:
    from tests.support.world import World


def refuse(refusal: Refusal, event: Mapping[str, Any]) -> Answer:
    return json_answer({"refused": refusal.code}, 400)


def endpoints(**parts: Any) -> Endpoints:
    app, face = Endpoints(), Face("/other", refuse, **parts)
    app.add_face(face)

    @app.endpoint("POST", "/other/clips", face=face)
    def create(asking: Request) -> Answer:
        return json_answer({})

    return app


@pytest.mark.parametrize(("path", "expected"), [("/other", True), ("/other/x", True), ("/others", False), ("/v1/videos", False)])
def test_a_face_owns_what_is_under_its_prefix(path: str, expected: bool) -> None:
    assert (endpoints().face_of(path) is not None) is expected


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "application/json", "text/plain", ""])
def test_a_route_of_a_face_gets_the_bytes_whatever_their_type(content_type: str) -> None:
    event = request_event("POST", "/other/clips", key="k", body="--x", headers={"content-type": content_type})
    admitted = admit(event, endpoints().find, lambda key: Identity("acme"))
    assert (admitted.body, admitted.query) == (b"--x", [])


@pytest.mark.parametrize(
    ("sent", "bare", "expected"), [("Bearer k", False, "k"), ("k", False, None), ("k", True, "k"), ("Bearer k", True, "k")]
)
def test_only_where_clients_do_so_a_key_may_come_without_bearer(sent: str, bare: bool, expected: str | None) -> None:
    event, asked = request_event("POST", "/other/clips", key=None, body="{}", headers={"authorization": sent}), list[str]()

    def identify(key: str) -> Identity:
        asked.append(key)
        return Identity("acme")

    if expected is None:
        with pytest.raises(Refusal, match="unauthorized"):
            admit(event, endpoints(takes_bare_key=bare).find, identify)
    else:
        admit(event, endpoints(takes_bare_key=bare).find, identify)
    assert asked == ([expected] if expected else [])


def test_an_unknown_path_of_a_face_is_refused_in_its_words(world: "World") -> None:
    said = world.ask("GET", "/openai/v1/nothing")
    assert said.status == 404
    assert json.loads(json.dumps(said.body))
