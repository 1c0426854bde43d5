"""Requests through a custom domain with a path reach the API, and so do those without the path."""

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.api.http.base_path import base_path, without_base_path
from tests.support.api_response import ApiResponse
from tests.support.makers import any_body, any_video, request_event

if TYPE_CHECKING:
    from tests.support.world import World

PUBLIC = "https://api.example.com/clips"
VIDEO = f"/v1/videos/{any_video().id}"


def _ask(world: "World", method: str, path: str, base_url: str = PUBLIC, domain: str = "api.example.com", **request: Any) -> ApiResponse:
    event = request_event(method, path, key=world.key, arrived=world.clock(), **request)
    event["requestContext"]["domainName"] = domain
    return ApiResponse(world.front(public_base_url=base_url).answer(event, None))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("", ""),
        ("https://api.example.com", ""),
        ("https://api.example.com/", ""),
        (PUBLIC, "/clips"),
        (f"{PUBLIC}/", "/clips"),
        ("https://api.example.com:8443/a/b-c_d.e~f", "/a/b-c_d.e~f"),
        ("http://127.0.0.1:8787/cl%69ps", "/clips"),
    ],
)
def test_the_base_path_is_that_of_the_base_url(url: str, path: str) -> None:
    assert base_path(url) == path


@pytest.mark.parametrize("domain", ["api.example.com", "abcdefghij.execute-api.us-east-1.amazonaws.com"])
@pytest.mark.parametrize("prefix", ["/clips", ""])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/v1/videos", 200),
        ("GET", VIDEO, 200),
        ("GET", f"{VIDEO}/content", 409),
        ("PATCH", "/v1/videos", 405),
    ],
)
def test_a_request_is_answered_alike_with_and_without_the_base_path(
    world: "World", domain: str, prefix: str, method: str, path: str, status: int
) -> None:
    world.put(any_video())
    assert _ask(world, method, f"{prefix}{path}", domain=domain).status == status


@pytest.mark.parametrize(
    "path",
    [
        "/clips",
        "/clipsy/v1/videos",
        "/clips-2/v1/videos",
        "/CLIPS/v1/videos",
        "/other/v1/videos",
        "/clips/clips/v1/videos",
        "/clips//v1/videos",
        "//clips/v1/videos",
        "/clips/v1/videos/",
        "/clips%2Fv1/videos",
        "/clips/v1%2Fvideos",
        "/clips/../v1/videos",
        "/clips/nothing",
    ],
)
def test_any_other_path_does_not_exist(world: "World", path: str) -> None:
    assert (_ask(world, "GET", path).status, _ask(world, "GET", path).json["code"]) == (404, "not_found")


@pytest.mark.parametrize("base", ["/v1", "/v1/videos", "/health", "/a/b"])
def test_a_base_path_like_the_beginning_of_a_route_leaves_both_spellings_valid(world: "World", base: str) -> None:
    world.put(any_video())
    for path in (VIDEO, f"{base}{VIDEO}", "/health", f"{base}/health"):
        assert _ask(world, "GET", path, base_url=f"https://api.example.com{base}").status == 200


def test_every_url_in_an_answer_has_the_base_path(world: "World") -> None:
    said = _ask(world, "POST", "/clips/v1/videos", body=any_body())
    assert (said.status, said.headers["location"]) == (202, f"{PUBLIC}/v1/videos/{said.json['id']}")
    world.change(said.json["id"], status="succeeded", object_key="videos/acme/vid.mp4", link="x" * 43)
    link: str = _ask(world, "GET", f"/clips/v1/videos/{said.json['id']}").json["video"]["link"]
    assert link.startswith(f"{PUBLIC}/v1/links/")
    assert _ask(world, "GET", link.removeprefix("https://api.example.com")).status == 302


def test_both_spellings_of_the_path_in_an_event_lose_the_base_path() -> None:
    event = request_event("GET", "/clips/health")
    before = deepcopy(event)
    stripped = without_base_path(event, "/clips", {"/health"}.__contains__)
    assert (stripped["rawPath"], stripped["requestContext"]["http"]["path"]) == ("/health", "/health")
    assert event == before


def test_a_public_url_without_a_path_changes_nothing(world: "World") -> None:
    assert [_ask(world, "GET", path, base_url="https://api.example.com").status for path in ("/health", "/clips/health")] == [200, 404]
