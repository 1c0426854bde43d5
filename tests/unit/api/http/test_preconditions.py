"""Requests are checked before routing, and every refusal has the same form."""

import base64
import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.api.app import build_app
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.error_codes import CODES
from cliprelay.api.http.preconditions import admit
from cliprelay.api.services import Services
from cliprelay.catalog.registry import Offer
from cliprelay.errors import Refusal
from cliprelay.tenants.api_keys import Identity
from tests.support.makers import any_body, any_video, request_event

if TYPE_CHECKING:
    from tests.support.api_response import ApiResponse
    from tests.support.world import World

VIDEO = f"/v1/videos/{any_video().id}"
LOCKED = [("POST", "/v1/videos"), ("GET", "/v1/videos"), ("GET", VIDEO), ("GET", f"{VIDEO}/content"), ("HEAD", f"{VIDEO}/content")]
OPEN = ["/health", "/openapi.json", "/docs"]


def _is_problem(said: "ApiResponse", status: int, code: str) -> None:
    """Check the standard's members, the stable code and the cache header of a refusal."""
    assert (said.status, said.json["status"], said.json["code"]) == (status, status, code)
    assert said.headers["content-type"] == "application/problem+json"
    assert said.headers["cache-control"] == "no-store"
    assert said.json["type"] == "about:blank"
    assert said.json["title"]
    assert said.json["detail"]


# Routes


@pytest.mark.parametrize(
    "path",
    ["/v1", "/v1/", "/v1/videos/", "/v2/videos", f"{VIDEO}/", f"{VIDEO}/other", "/v1/videos/../keys", "/V1/videos", "//v1/videos"],
)
def test_an_unknown_path_gets_404_before_the_key_is_checked(world: "World", path: str) -> None:
    _is_problem(world.ask("GET", path, key=None), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/videos", "GET, POST"),
        ("DELETE", "/v1/videos", "GET, POST"),
        ("OPTIONS", "/v1/videos", "GET, POST"),
        ("POST", f"{VIDEO}/content", "GET, HEAD"),
        ("POST", "/health", "GET"),
        ("TRACE", "/docs", "GET, HEAD"),
        ("BREW", "/openapi.json", "GET, HEAD"),
    ],
)
def test_an_unsupported_method_gets_405_with_the_supported_ones(world: "World", method: str, path: str, allowed: str) -> None:
    said = world.ask(method, path, key=None)
    _is_problem(said, 405, "method_not_allowed")
    assert said.headers["allow"] == allowed


def test_a_cors_preflight_gets_204_so_that_the_gateway_can_add_its_headers(world: "World") -> None:
    headers = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}
    said = world.ask("OPTIONS", "/v1/videos", key=None, headers=headers)
    assert (said.status, said.body) == (204, "")


# Keys


@pytest.mark.parametrize("path", OPEN)
def test_health_and_documentation_need_no_key(world: "World", path: str) -> None:
    assert world.ask("GET", path, key=None).status == 200


@pytest.mark.parametrize(("method", "path"), LOCKED)
@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer clr_wrong", "Basic dXNlcjpwYXNz", "clr_wrong", "Bearer " + "x" * 5_000, "Bearer a b"],
)
def test_every_route_answers_401_identically_without_a_valid_key(world: "World", method: str, path: str, authorization: str | None) -> None:
    world.put(any_video())
    headers = {} if authorization is None else {"Authorization": authorization}
    said = world.ask(method, path, key=None, headers=headers, body=any_body() if method == "POST" else None)
    _is_problem(said, 401, "unauthorized")
    assert said.headers["www-authenticate"] == "Bearer"
    assert said.body == world.ask("GET", "/v1/videos", key=None).body
    assert len(world.items()) == 1


def test_a_wrong_key_is_reported_before_an_invalid_body(world: "World") -> None:
    assert world.ask("POST", "/v1/videos", key="clr_wrong", body="{").status == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_bearer_scheme_is_case_insensitive(world: "World", scheme: str) -> None:
    assert world.ask("GET", "/v1/videos", key=None, headers={"Authorization": f"{scheme} {world.key}"}).status == 200


def test_a_revoked_key_is_refused_after_the_cache_time(world: "World") -> None:
    assert world.ask("GET", "/v1/videos").status == 200
    (record,) = world.keys.list()
    world.keys.revoke(record.key_sha256)
    world.clock.advance(60)
    assert world.ask("GET", "/v1/videos").status == 401


def test_a_key_that_cannot_be_checked_gets_503_not_401(world: "World") -> None:
    def down(key: str) -> str | None:
        raise ClientError({"Error": {"Code": "InternalServerError", "Message": "secret detail"}}, "GetItem")

    said = world.ask("GET", "/v1/videos", front=world.front(identify=down))
    _is_problem(said, 503, "unavailable")
    assert said.headers["retry-after"]
    assert "secret detail" not in said.body


# Bodies


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", "application/vnd.api+json"],
)
def test_a_body_of_another_content_type_gets_415(world: "World", kind: str) -> None:
    _is_problem(world.ask("POST", "/v1/videos", body=any_body(), headers={"Content-Type": kind}), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        "",
    ],
)
def test_json_is_accepted_with_any_spelling_of_its_type_or_without_one(world: "World", kind: str) -> None:
    assert world.ask("POST", "/v1/videos", body=any_body(), headers={"Content-Type": kind}).status == 202


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "GZIP", "identity, gzip", "gzip,gzip", "x"])
@pytest.mark.parametrize("path", ["/v1/videos", "/v1/quotes", "/v1/uploads"])
def test_a_compressed_body_gets_415_that_says_so(world: "World", path: str, coding: str) -> None:
    event = request_event("POST", path, key=world.key, body="H4sIAAAA", headers={"Content-Encoding": coding}) | {"isBase64Encoded": True}
    answer = world.front().answer(event, None)
    problem = json.loads(answer["body"])
    assert (answer["statusCode"], problem["code"], answer["headers"]["Accept-Encoding"]) == (415, "unsupported_media_type", "identity")
    assert "compressed" in problem["detail"]


@pytest.mark.parametrize("coding", ["", "identity", "Identity", "identity,identity"])
def test_a_body_without_a_coding_is_accepted(world: "World", coding: str) -> None:
    assert world.ask("POST", "/v1/videos", body=any_body(), headers={"Content-Encoding": coding}).status == 202


def test_a_wrong_key_is_reported_before_a_compressed_body(world: "World") -> None:
    assert world.ask("POST", "/v1/videos", key="clr_wrong", body="x", headers={"Content-Encoding": "gzip"}).status == 401


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        "{",
        '{"prompt": "x",}',
        "{'prompt': 'x'}",
        '{"prompt": "x"} {}',
        '{"prompt": NaN}',
        '{"seed": Infinity}',
        '{"seed": -Infinity}',
        '{"prompt": "a", "prompt": "b"}',
        '{"metadata": {"a": "1", "a": "2"}}',
        '{"prompt": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"prompt": "\\u0000"}',
        '{"metadata": {"\\u0000": "x"}}',
        "\ufeff{}",
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" * 33 + "]" * 33,
        '{"duration": ' + "9" * 5_000 + "}",
        "\x00",
        "prompt=x",
    ],
    ids=lambda body: ascii(body[:24]),
)
def test_an_ambiguous_json_body_gets_400(world: "World", body: str) -> None:
    _is_problem(world.ask("POST", "/v1/videos", body=body), 400, "malformed_json")
    assert world.items() == []


@pytest.mark.parametrize(
    "body",
    ["not base64!", base64.b64encode(json.dumps(any_body()).encode()).decode() + "!", base64.b64encode(b"\xff\xfe{}").decode(), "", "e30"],
)
def test_a_base64_body_that_is_not_text_gets_400(world: "World", body: str) -> None:
    event = request_event("POST", "/v1/videos", key=world.key, body=body) | {"isBase64Encoded": True}
    answer = world.front().answer(event, None)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "malformed_json")


@pytest.mark.parametrize("missing", ["body", "headers"])
def test_an_event_may_omit_its_body_or_headers(world: "World", missing: str) -> None:
    event = request_event("POST", "/v1/videos", key=world.key, body=any_body())
    del event[missing]
    assert world.front().answer(event, None)["statusCode"] == (400 if missing == "body" else 401)


def _admission(event: dict[str, Any], app: Endpoints) -> str | int:
    try:
        return admit(event, app.find, lambda key: Identity("acme") if key == "good" else None).identity.tenant
    except Refusal as refusal:
        return CODES[refusal.code].status


@pytest.fixture(scope="module")
def app() -> Endpoints:
    """Build the routes without services, for requests that never reach one."""
    return build_app(Services(**dict.fromkeys((each.name for each in fields(Services)), cast(Any, None)) | {"offer": Offer.of("")}))


METHODS = st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS"]) | st.text(max_size=6)
PATHS = st.sampled_from(["/v1/videos", VIDEO, "/health"]) | st.text(max_size=30).map("/".__add__) | st.text("/v1ideos.%2", max_size=30)


@given(
    method=METHODS,
    path=PATHS,
    body=st.text(max_size=40),
    encoded=st.booleans(),
    authorization=st.text(max_size=20) | st.just("Bearer good"),
)
def test_any_request_is_admitted_or_refused_as_a_problem(
    app: Endpoints, method: str, path: str, body: str, encoded: bool, authorization: str
) -> None:
    event: dict[str, Any] = request_event(method, path, body=body, headers={"Authorization": authorization}) | {"isBase64Encoded": encoded}
    assert _admission(event, app) in ("acme", "", 400, 401, 404, 405)
