"""Foreign APIs under prefixes of their own: which paths are theirs, and what reaches their routes."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from cliprelay.api.app import RETRIED_WITHIN
from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.face import Face
from cliprelay.api.http.preconditions import admit
from cliprelay.api.http.request import Request
from cliprelay.api.myrouter.routes import PAUSES
from cliprelay.errors import Refusal
from cliprelay.tenants.api_keys import Identity
from tests.support.makers import Meddled, any_body, any_video, request_event

if TYPE_CHECKING:
    from cliprelay.api.app import Front
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


def failing(world: "World", times: int) -> "Front":
    """An API whose table of videos fails so often, at first."""
    left = [world.dynamodb.exceptions.ProvisionedThroughputExceededException({"Error": {"Code": "Slow"}}, "GetItem")] * times

    def fail(real: Callable[..., Any], **kwargs: Any) -> Any:
        if left:
            raise left.pop()
        return real(**kwargs)

    return world.front(videos=world.videos_over(Meddled(world.dynamodb, get_item=fail)))


@pytest.mark.parametrize(("times", "status"), [(0, "QUEUED"), (len(PAUSES), "QUEUED"), (len(PAUSES) + 1, "PROCESSING")])
def test_a_read_that_aws_does_not_answer_is_tried_again_after_each_pause(world: "World", times: int, status: str) -> None:
    video, before = world.put(any_video()), world.clock()
    said = world.ask("GET", "/v3/async/task-result", query={"task_id": video.id}, front=failing(world, times))
    assert (said.status, said.json["task"]["status"]) == (200, f"TASK_STATUS_{status}")
    assert (world.clock() - before).total_seconds() == pytest.approx(sum(PAUSES[:times]))


def test_a_read_that_has_taken_long_is_not_tried_again(world: "World") -> None:
    video = world.put(any_video())

    def fail(real: Callable[..., Any], **kwargs: Any) -> Any:
        world.clock.advance(RETRIED_WITHIN + 1)
        raise ConnectTimeoutError(endpoint_url="")

    before, front = world.clock(), world.front(videos=world.videos_over(Meddled(world.dynamodb, get_item=fail)))
    assert world.ask("GET", "/v3/async/task-result", query={"task_id": video.id}, front=front).status == 200
    assert (world.clock() - before).total_seconds() == RETRIED_WITHIN + 1


def test_an_order_is_never_tried_again(world: "World") -> None:
    asked = list[str]()

    def identify(key: str) -> Identity:
        asked.append(key)
        raise ConnectTimeoutError(endpoint_url="")

    said = world.ask("POST", "/v3/async/seedance-v1.5-pro-i2v", body=any_body(), front=world.front(identify=identify))
    assert (said.status, len(asked)) == (503, 1)


def test_an_unknown_path_of_a_face_is_refused_in_its_words(world: "World") -> None:
    said = world.ask("GET", "/openai/v1/nothing")
    assert said.status == 404
    assert json.loads(json.dumps(said.body))
