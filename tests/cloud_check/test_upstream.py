"""The check's upstream pays into its ledger as its prompt says, and its template gives it what it uses."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse

from tests.cloud_check.targets.cloud import UPSTREAM_TEMPLATE
from tests.cloud_check.upstream.function.app import Dropped, Upstream, read_script
from tests.cloud_check.upstream.ledger import Ledger, create_table
from tests.cloud_check.upstream.server import UpstreamServer, to_event

KEY = "upstream-key"
CREATE = "/v3/async/seedance-v1.5-pro-i2v"


class Caller:
    """The upstream with a table in memory, and the sleeps that it asked for."""

    def __init__(self, table: Any) -> None:
        self.ledger, self.slept = Ledger(table), list[float]()
        self.upstream = Upstream(table, link=lambda: "https://files.example.com/video.mp4", sleep=self.slept.append)
        self.ledger.accept_key(KEY)

    def call(self, method: str, path: str, body: bytes = b"", key: str = KEY, **headers: str) -> tuple[int, Any, dict[str, str]]:
        answer = self.upstream.answer(to_event(method, path, {"Authorization": f"Bearer {key}", **headers}, body))
        return answer["statusCode"], json.loads(answer["body"] or "null"), answer["headers"]

    def create(self, script: str, **more: Any) -> tuple[int, Any, dict[str, str]]:
        return self.call("POST", CREATE, json.dumps({"prompt": f"A lamp. [check label=a {script}]"}).encode(), **more)

    def status(self, task: str) -> str:
        return str(self.call("GET", f"/v3/async/task-result?task_id={task}")[1]["task"]["status"])


@pytest.fixture(scope="module")
def table() -> Iterator[Any]:
    """Return one table for all tests of this file, because each new stand-in costs a second."""
    with mock_aws():
        yield create_table(boto3.resource("dynamodb", region_name="us-east-1"))


@pytest.fixture
def caller(table: Any) -> Caller:
    empty(table)
    return Caller(table)


def empty(table: Any) -> None:
    for item in table.scan()["Items"]:
        table.delete_item(Key={"id": item["id"]})


def test_an_accepted_create_is_one_payment_and_ends_after_its_polls(caller: Caller) -> None:
    status, body, _ = caller.create("polls=2")
    (paid,) = caller.ledger.payments("a")
    assert (status, body["id"]) == (200, paid["task"])
    words = [caller.status(body["id"]) for _ in range(3)]
    assert words == ["TASK_STATUS_PROCESSING", "TASK_STATUS_PROCESSING", "TASK_STATUS_SUCCEED"]
    video = caller.call("GET", f"/v3/async/task-result?task_id={body['id']}")[1]["videos"][0]
    assert video["video_url"] == "https://files.example.com/video.mp4"


@pytest.mark.parametrize(("script", "status", "paid"), [("create=refuse", 400, 0), ("create=500", 500, 1), ("create=slow:7", 200, 1)])
def test_a_script_decides_the_answer_and_the_payment(caller: Caller, script: str, status: int, paid: int) -> None:
    assert caller.create(script)[0] == status
    assert len(caller.ledger.payments()) == paid
    assert caller.slept == ([7.0] if "slow" in script else [])


def test_a_throttled_create_is_accepted_after_its_refusals(caller: Caller) -> None:
    answers = [caller.create("create=429:2") for _ in range(3)]
    assert [status for status, _, _ in answers] == [429, 429, 200]
    assert answers[0][2]["retry-after"] == "1"
    assert len(caller.ledger.payments("a")) == 1


def test_a_dropped_answer_is_paid(caller: Caller) -> None:
    with pytest.raises(Dropped):
        caller.create("create=drop")
    assert len(caller.ledger.payments("a")) == 1


def test_a_scripted_failure_is_told_at_the_end(caller: Caller) -> None:
    task = caller.create("end=fail polls=0")[1]["id"]
    assert caller.status(task) == "TASK_STATUS_FAILED"


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [("POST", CREATE, "another", 401), ("GET", "/v3/async/task-result?task_id=x", KEY, 404), ("GET", "/else", KEY, 404)],
)
def test_another_key_task_or_path_is_refused_unpaid(caller: Caller, method: str, path: str, key: str, status: int) -> None:
    assert caller.call(method, path, b"{}", key)[0] == status
    assert caller.ledger.payments() == []


def test_nobody_may_call_before_a_key_is_stored(table: Any) -> None:
    empty(table)
    upstream = Upstream(table, link=str)
    assert upstream.answer(to_event("POST", CREATE, {"Authorization": "Bearer "}, b"{}"))["statusCode"] == 401


def test_a_receiver_stores_each_webhook_and_fails_as_often_as_its_name_says(caller: Caller) -> None:
    statuses = [caller.call("POST", "/hook/a-fail2", b'{"n": 1}', key="", **{"Webhook-Id": "evt_1"})[0] for _ in range(3)]
    hooks = caller.ledger.hooks("a-fail2")
    assert statuses == [hook.status for hook in hooks] == [503, 503, 204]
    assert (hooks[0].headers["webhook-id"], hooks[0].event) == ("evt_1", {"n": 1})


def test_a_server_that_was_never_connected_stops() -> None:
    server = UpstreamServer(b"video")
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=5)


@pytest.mark.parametrize(
    ("prompt", "script"),
    [
        ("No script.", {"label": ""}),
        ("A. [check label=a1 create=429:2 polls=3]", {"label": "a1", "create": "429:2", "polls": "3"}),
        ("A. [check label=a1 odd]", {"label": "a1"}),
    ],
)
def test_a_prompt_s_script_is_read(prompt: str, script: dict[str, str]) -> None:
    assert read_script(prompt) == script


def test_the_template_grants_what_the_function_calls_and_retains_nothing() -> None:
    resources = yaml_parse(UPSTREAM_TEMPLATE.read_text())["Resources"]
    statements = resources["Function"]["Properties"]["Policies"][0]["Statement"]
    granted = {action for each in statements for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])}
    assert granted == {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "s3:GetObject"}
    assert {each.get("DeletionPolicy", "Delete") for each in resources.values()} == {"Delete"}
