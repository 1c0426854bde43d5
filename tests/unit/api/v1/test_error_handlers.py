"""Errors become problems with a stable code, and leak nothing into the response or the log."""

import base64
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.support.makers import Meddled, any_body, any_png, any_video, data_uri

if TYPE_CHECKING:
    from tests.support.world import World

SECRET = "sk-a-foreign-secret-0123456789"  # noqa: S105 - nobody's
VIDEO = f"/v1/videos/{any_video().id}"
DOWN = [
    ClientError({"Error": {"Code": "ProvisionedThroughputExceededException", "Message": SECRET}}, "GetItem"),
    EndpointConnectionError(endpoint_url=f"https://{SECRET}"),
]
FOREIGN = [RuntimeError(SECRET), KeyError(SECRET), RecursionError(SECRET), UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET)]


def _failing(failure: Exception) -> Callable[..., Any]:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise failure

    return fail


def _everything(world: "World", failure: Exception) -> Any:
    """Build a front whose table fails on every call."""
    operations = ("get_item", "query", "transact_write_items", "update_item", "put_item")
    table = world.videos_over(Meddled(world.dynamodb, **dict.fromkeys(operations, _failing(failure))))
    return world.front(videos=table)


def _log(caplog: pytest.LogCaptureFixture) -> str:
    """Collect every log line with its fields and traceback."""
    formatter = logging.Formatter()
    return "\n".join(formatter.format(line) + str(vars(line)) for line in caplog.records)


REQUESTS = [("GET", "/v1/videos"), ("GET", VIDEO), ("GET", f"{VIDEO}/content"), ("HEAD", f"{VIDEO}/content"), ("POST", "/v1/videos")]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize("failure", DOWN, ids=["error", "silence"])
def test_an_unavailable_aws_service_gets_503_with_a_retry_time(
    world: "World", caplog: pytest.LogCaptureFixture, method: str, path: str, failure: Exception
) -> None:
    caplog.set_level(logging.DEBUG, logger="cliprelay")
    said = world.ask(
        method,
        path,
        front=_everything(world, failure),
        body=any_body() if method == "POST" else None,
        headers={"Idempotency-Key": "order-7"},
    )
    assert (said.status, said.json["code"]) == (503, "unavailable")
    assert said.headers["content-type"] == "application/problem+json"
    assert int(said.headers["retry-after"]) > 0
    assert SECRET not in said.body + str(said.headers) + _log(caplog)


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize("failure", FOREIGN, ids=lambda failure: type(failure).__name__)
def test_an_unexpected_error_gets_500_without_its_text(
    world: "World", caplog: pytest.LogCaptureFixture, method: str, path: str, failure: Exception
) -> None:
    caplog.set_level(logging.DEBUG, logger="cliprelay")
    said = world.ask(
        method,
        path,
        front=_everything(world, failure),
        body=any_body() if method == "POST" else None,
        headers={"Idempotency-Key": "order-7"},
    )
    assert (said.status, said.json["code"]) == (500, "internal")
    assert said.headers["content-type"] == "application/problem+json"
    assert SECRET not in said.body + str(said.headers) + _log(caplog)


def test_the_log_contains_the_type_and_location_of_the_error(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    world.ask("GET", VIDEO, front=_everything(world, RuntimeError(SECRET)))
    (line,) = [vars(line) for line in caplog.records if "places" in vars(line)]
    assert line["error_type"] == "RuntimeError"
    assert any(place.startswith("test_error_handlers.py:") for place in line["places"])


def test_an_execution_that_cannot_be_started_causes_no_error_after_recording(world: "World") -> None:
    executions = world.executions_over(Meddled(world.sfn, start_execution=_failing(DOWN[0])))
    said = world.ask("POST", "/v1/videos", front=world.front(executions=executions), body=any_body())
    assert (said.status, said.json["status"]) == (202, "queued")


def test_an_uncertain_write_gets_503_with_the_video_id(world: "World") -> None:
    table = world.videos_over(Meddled(world.dynamodb, transact_write_items=_failing(DOWN[1])))
    said = world.ask("POST", "/v1/videos", front=world.front(videos=table), body=any_body(), headers={"Idempotency-Key": "order-7"})
    assert (said.status, said.json["code"]) == (503, "not_recorded")
    assert said.headers["retry-after"] == "5"
    assert world.ask("GET", f"/v1/videos/{said.json['video_id']}").status == 404


def test_no_log_line_contains_a_prompt_key_or_image(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="cliprelay")
    picture = data_uri(any_png())
    body = any_body(prompt="A very private lighthouse.", image=picture, metadata={"customer": "very private"})
    said = world.ask("POST", "/v1/videos", body=body, headers={"Idempotency-Key": "a very private key"})
    world.ask("POST", "/v1/videos", body=body, headers={"Idempotency-Key": "a very private key"})
    world.ask("POST", "/v1/videos", body=body | {"duration": 99})
    world.ask("POST", "/v1/videos", body=json.dumps(body)[:-1])
    world.ask("GET", f"/v1/videos/{said.json['id']}")
    world.ask("GET", "/v1/videos", key="clr_a-very-private-wrong-key")
    log = _log(caplog)
    assert said.json["id"] in log
    for secret in ("very private", world.key, "very-private", base64.b64encode(any_png()).decode()[:40]):
        assert secret not in log
