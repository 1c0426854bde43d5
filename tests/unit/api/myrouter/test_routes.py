"""The routes of the provider's own API, as its clients and its documentation use them."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from cliprelay.api.myrouter.order import EVENTS_HEADER, URL_HEADER
from cliprelay.catalog.registry import MODELS, Offer
from cliprelay.video.record import iso
from cliprelay.video.states import Status
from tests.support.makers import NOW, TENANT, Meddled, any_body, any_video

if TYPE_CHECKING:
    from cliprelay.api.app import Front
    from tests.support.api_response import ApiResponse
    from tests.support.world import World

MODEL = "seedance-v1.5-pro-i2v"
ORDER, TASK = f"/v3/async/{MODEL}", "/v3/async/task-result"
TEXT = {"prompt": "Waves."}
URL = "https://hooks.example.com/x"
# The template of the provider's own page, with its placeholders.
PLACEHOLDERS = {
    "fps": 123,
    "seed": 123,
    "image": "<string>",
    "ratio": "<string>",
    "prompt": "<string>",
    "duration": 123,
    "watermark": True,
    "last_image": "<string>",
    "resolution": "<string>",
    "camera_fixed": True,
    "service_tier": "<string>",
    "generate_audio": True,
    "execution_expires_after": 123,
}


def order(world: "World", path: str = ORDER, *, key: str | None = "", front: "Front | None" = None, **request: Any) -> "ApiResponse":
    return world.ask("POST", path, key=key, front=front, **{"body": any_body(), **request})


def read(world: "World", task_id: str, **request: Any) -> "ApiResponse":
    return world.ask("GET", TASK, query={"task_id": task_id}, **request)


def test_an_order_is_answered_with_200_and_its_id_under_both_names(world: "World") -> None:
    said = order(world)
    video = world.read(said.json["id"])
    assert (said.status, said.json) == (200, {"id": video.id, "task_id": video.id})
    assert (video.face, video.asked_model, video.model, video.tenant) == ("myrouter", MODEL, MODEL, TENANT)


def test_the_task_is_read_by_this_id(world: "World") -> None:
    said = read(world, order(world).json["task_id"])
    assert (said.status, said.json["task"]["status"]) == (200, "TASK_STATUS_QUEUED")


@pytest.mark.parametrize("key", ["Bearer {}", "{}"])
def test_the_key_comes_with_or_without_bearer(world: "World", key: str) -> None:
    assert order(world, key=None, headers={"authorization": key.format(world.key)}).status == 200


@pytest.mark.parametrize("key", [None, "clr_wrong"])
def test_without_a_valid_key_nothing_is_answered_but_401(world: "World", key: str | None) -> None:
    said = order(world, key=key)
    assert (said.status, said.json["reason"], said.headers["www-authenticate"]) == (401, "FAILED_TO_AUTH", "Bearer")


def test_a_base_url_with_a_slash_at_its_end_works(world: "World") -> None:
    assert order(world, f"/{ORDER}").status == 200


def test_the_content_type_of_a_get_is_ignored(world: "World") -> None:
    task_id = order(world).json["id"]
    assert read(world, task_id, headers={"content-type": "application/x-www-form-urlencoded"}).status == 200


@pytest.mark.parametrize("name", ["seedance-v1.5-pro", "my-model"])
def test_families_and_the_operators_names_are_models_too(world: "World", name: str) -> None:
    front = world.front(aliases={"my-model": "seedance-v1.5-pro"})
    video = world.read(order(world, f"/v3/async/{name}", front=front).json["id"])
    assert (video.model, video.asked_model) == (MODEL, name)
    text = world.read(order(world, f"/v3/async/{name}", front=front, body={"prompt": "Waves."}).json["id"])
    assert text.model == "seedance-v1.5-pro-t2v"


def test_an_unknown_model_is_a_404_that_names_those_there_are(world: "World") -> None:
    said = order(world, "/v3/async/kling-v9")
    assert (said.status, said.json["reason"]) == (404, "MODEL_NOT_FOUND")
    assert MODEL in said.json["message"]


def test_the_placeholders_of_the_providers_page_are_refused_all_at_once(world: "World") -> None:
    said = order(world, body=PLACEHOLDERS)
    assert (said.status, said.json["reason"]) == (400, "INVALID_REQUEST_BODY")
    wrong = {each["field"] for each in said.json["metadata"]["errors"]}
    valid = {"seed", "prompt", "watermark", "camera_fixed", "generate_audio"}
    assert wrong == set(PLACEHOLDERS) - valid
    assert list(world.videos.every()) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("duration", "5"), ("duration", 13), ("duration", -1), ("watermark", "true"), ("fps", "24"), ("seed", 1.5), ("prompt", " ")],
)
def test_values_are_strictly_typed(world: "World", field: str, value: object) -> None:
    said = order(world, body=any_body(**{field: value}))
    assert (said.status, [each["field"] for each in said.json["metadata"]["errors"]]) == (400, [field])


def test_null_is_left_out(world: "World") -> None:
    body = {name: None for name in PLACEHOLDERS if name not in ("image", "prompt")}
    assert order(world, body={**any_body(), **body, "extra": None}).status == 200


def test_a_wrong_field_of_ours_and_one_of_theirs_are_named_together(world: "World") -> None:
    said = order(world, body={**any_body(duration=99), "aspect_ratio": "1:1"}, headers={EVENTS_HEADER: "x", URL_HEADER: "http://x"})
    wrong = [each["field"] for each in said.json["metadata"]["errors"]]
    assert wrong == ["aspect_ratio", "duration", URL_HEADER, EVENTS_HEADER]


def test_events_without_a_webhook_are_refused_in_the_words_of_this_api(world: "World") -> None:
    said = order(world, headers={EVENTS_HEADER: "video.failed"})
    assert said.status == 400
    assert f"add {URL_HEADER}" in said.json["message"]
    assert "webhook_url" not in said.body


@pytest.mark.parametrize("by_header", [True, False])
def test_a_webhook_of_the_order_is_stored_with_its_events(world: "World", by_header: bool) -> None:
    url = {"headers": {URL_HEADER: URL, EVENTS_HEADER: "video.failed"}}
    member = {"headers": {EVENTS_HEADER: "video.failed"}, "body": {**any_body(), "extra": {"webhook": {"url": URL}}}}
    video = world.read(order(world, **(url if by_header else member)).json["id"])
    assert (video.webhook_url, video.webhook_events) == (URL, ["video.failed"])


# Repeats


def test_a_repeat_with_its_key_is_the_same_task(world: "World") -> None:
    headers = {"idempotency-key": "order-1"}
    first, second = order(world, headers=headers), order(world, headers=headers)
    assert (second.status, second.json) == (200, first.json)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "request_parts"),
    [
        ("/v3/async/seedance-v1.5-pro-t2v", {"body": TEXT}),
        (ORDER, {"body": any_body(duration=6)}),
        (ORDER, {"headers": {URL_HEADER: URL}}),
    ],
)
def test_a_key_of_another_order_is_refused_with_its_task(world: "World", path: str, request_parts: dict[str, Any]) -> None:
    key = {"idempotency-key": "order-1"}
    first = order(world, headers=key)
    said = order(world, path, **request_parts | {"headers": {**key, **request_parts.get("headers", {})}})
    assert (said.status, said.json["reason"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert said.json["metadata"]["task_id"] == first.json["id"]
    assert first.json["id"] in said.json["message"]


def test_the_same_body_at_the_path_of_another_model_is_another_order(world: "World") -> None:
    front, key = world.front(offer=Offer(tuple(MODELS.values()))), {"idempotency-key": "order-1"}
    same = {"prompt": "Waves.", "resolution": "720p", "duration": 5}
    models = ["seedance-v1-pro-t2v", "seedance-v1-lite-t2v"]
    said = [order(world, f"/v3/async/{name}", front=front, body=same, headers=key).status for name in models]
    assert said == [200, 422]


def test_without_a_key_two_equal_orders_are_two(world: "World") -> None:
    assert order(world).json["id"] != order(world).json["id"]


def test_within_the_window_equal_orders_are_one(world: "World") -> None:
    front = world.front(intake=replace(world.services().intake, repeat_window=60))
    first = order(world, front=front)
    assert order(world, front=front, body=dict(reversed(any_body().items()))).json == first.json
    assert order(world, front=front, headers={URL_HEADER: URL}).json != first.json
    world.clock.advance(61)
    assert order(world, front=front).json != first.json


# Reading


@pytest.mark.parametrize("task_id", ["vid_01KAN3J9M4S9A5XH7W2T0QZ8R0", "cgt-1", "", "x" * 3_000, "vid_\u0000"])
def test_an_unknown_id_is_a_404(world: "World", task_id: str) -> None:
    said = read(world, task_id)
    assert (said.status, said.json["reason"]) == (404, "TASK_NOT_FOUND")


def test_a_task_of_another_tenant_is_unknown(world: "World") -> None:
    task_id = order(world).json["id"]
    said = read(world, task_id, key=world.keys.create("other"))
    assert (said.status, said.json["reason"]) == (404, "TASK_NOT_FOUND")


def test_a_deleted_task_is_gone(world: "World") -> None:
    video = world.put(any_video(status=Status.SUCCEEDED, ended_at=iso(NOW), deleted_at=iso(NOW)))
    said = read(world, video.id)
    assert (said.status, said.json["reason"]) == (404, "TASK_NOT_FOUND")


def test_a_video_of_any_other_api_is_a_task_as_well(world: "World") -> None:
    video = world.ask("POST", "/v1/videos", body=any_body()).json
    assert read(world, video["id"]).json["task"]["task_id"] == video["id"]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [("", "task_id"), ("task_id=a&task_id=b", "task_id"), ("task_id=a&id=b", "id"), ("id=b", "id")],
)
def test_a_query_is_one_task_id(world: "World", query: str, wrong: str) -> None:
    said = world.ask("GET", TASK, query=query)
    assert (said.status, said.json["reason"]) == (400, "INVALID_REQUEST_BODY")
    assert said.json["metadata"]["errors"][0]["field"] == wrong


def _throttled(real: Callable[..., Any], **kwargs: Any) -> Any:
    raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "GetItem")


def _silent(key: str) -> Any:
    raise ConnectTimeoutError(endpoint_url="")


def _broken(key: str) -> Any:
    raise RuntimeError(key)


@pytest.mark.parametrize("trouble", ["record", "key", "code"])
def test_a_read_never_fails_for_what_passes(world: "World", trouble: str) -> None:
    task_id = world.put(any_video(status=Status.SUCCEEDED)).id
    parts: dict[str, dict[str, Any]] = {
        "record": {"videos": world.videos_over(Meddled(world.dynamodb, get_item=_throttled))},
        "key": {"identify": _silent},
        "code": {"identify": _broken},
    }
    said = read(world, task_id, front=world.front(**parts[trouble]))
    assert (said.status, said.json["task"]) == (200, {**said.json["task"], "task_id": task_id, "status": "TASK_STATUS_PROCESSING"})


def test_a_read_of_nothing_stays_a_404_while_keys_cannot_be_read(world: "World") -> None:
    assert read(world, "cgt-1", front=world.front(identify=_silent)).status == 404


def test_an_order_says_that_it_was_not_recorded_while_keys_cannot_be_read(world: "World") -> None:
    said = order(world, front=world.front(identify=_silent))
    assert (said.status, said.json["reason"], said.headers["retry-after"]) == (503, "SERVICE_NOT_AVAILABLE", "5")


# The rest of the API


@pytest.mark.parametrize("path", ["/v3", "/v3/async", "/v3/model", "/v3/user", "/v3/async/a/b", "/v3/async/"])
def test_what_this_api_does_not_have_is_a_404_in_its_envelope(world: "World", path: str) -> None:
    said = world.ask("GET", path)
    assert (said.status, said.json["reason"]) == (404, "API_NOT_FOUND")
    assert "POST /v3/async/{model}" in said.json["message"]


@pytest.mark.parametrize(("method", "path", "allowed"), [("GET", ORDER, "POST"), ("DELETE", TASK, "GET"), ("POST", TASK, "GET")])
def test_another_method_is_refused_with_those_that_there_are(world: "World", method: str, path: str, allowed: str) -> None:
    said = world.ask(method, path)
    assert (said.status, said.headers["allow"]) == (405, allowed)


def test_the_document_is_public_where_documents_are_served(world: "World") -> None:
    assert world.ask("GET", "/v3/openapi.json", key=None).json["openapi"] == "3.1.0"
    assert world.ask("GET", "/v3/openapi.json", key=None, front=world.front(serve_docs=False)).status == 404
