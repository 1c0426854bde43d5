"""Creates are rejected, or accepted and charged; the ledger records which."""

import gzip
import json
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import pytest

from local.simulator.http.response import NO_RESPONSE, RESET, Response
from local.simulator.routes.router import CREATE
from tests.support.simulator_client import KEY, SimulatorClient, any_order, content, read_json


def reason(response: Response) -> tuple[int, str]:
    body = read_json(response)
    assert body["code"] == response.status
    assert set(body) == {"code", "reason", "message", "metadata"}
    return response.status, body["reason"]


@pytest.mark.parametrize(
    ("style", "keys"),
    [("id", {"id"}), ("task_id", {"task_id"}), ("both", {"id", "task_id"}), ("nested", {"data"}), ("missing", {"status"})],
)
def test_the_style_determines_the_position_of_the_id(style: str, keys: set[str]) -> None:
    assert set(read_json(SimulatorClient(id_style=style).create())) == keys
    assert set(read_json(SimulatorClient().create(f"ids={style}"))) == keys


@pytest.mark.parametrize(
    ("mode", "missing", "wrong"),
    [
        ("A", (401, "FAILED_TO_AUTH"), (401, "FAILED_TO_AUTH")),
        ("B", (400, "MISSING_API_KEY"), (403, "INVALID_API_KEY")),
        ("C", (403, "INVALID_API_KEY"), (403, "INVALID_API_KEY")),
    ],
)
def test_a_request_without_the_key_is_rejected_according_to_the_mode(mode: str, missing: Any, wrong: Any) -> None:
    client = SimulatorClient(auth=mode)
    assert reason(client.request("POST", CREATE, b"{}")) == missing
    for given in ("Bearer other", f"bearer {KEY}", KEY, f"Basic {KEY}", "Bearer ", "Bearer \xe9"):
        assert reason(client.request("POST", CREATE, b"{}", Authorization=given)) == wrong
    assert client.paid() == 0


def test_the_bare_key_is_accepted_only_by_option() -> None:
    body = json.dumps(any_order()).encode()
    headers = {"Authorization": KEY, "Content_Type": "application/json; charset=utf-8"}
    assert SimulatorClient(raw_key=True).request("POST", CREATE, body, **headers).status == 200
    assert SimulatorClient().request("POST", CREATE, body, **headers).status == 401


def test_a_rotated_key_replaces_the_old_one() -> None:
    client = SimulatorClient()
    client.simulator.key = "sk-new"
    assert reason(client.create()) == (401, "FAILED_TO_AUTH")


def test_a_body_without_the_json_content_type_is_rejected() -> None:
    body = json.dumps(any_order()).encode()
    refused = SimulatorClient().request("POST", CREATE, body, Authorization=f"Bearer {KEY}", Content_Type="text/plain")
    assert reason(refused) == (400, "INVALID_REQUEST_BODY")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("create=400", (400, "INVALID_REQUEST_BODY")),
        ("create=400:ILLEGAL_IMAGE_CONTENT", (400, "ILLEGAL_IMAGE_CONTENT")),
        ("create=500", (500, "CREATE_TASK_FAILED")),
        ("create=404", (404, "API_NOT_FOUND")),
        ("create=503", (503, "SERVICE_NOT_AVAILABLE")),
        ("create=auth", (401, "FAILED_TO_AUTH")),
        ("create=auth-400", (400, "MISSING_API_KEY")),
        ("create=auth-403", (403, "INVALID_API_KEY")),
        ("create=balance", (403, "NOT_ENOUGH_BALANCE")),
        ("create=balance-400", (400, "BILLING_BALANCE_NOT_ENOUGH")),
        ("create=moderation", (400, "ILLEGAL_PROMPT")),
        ("create=moderation-image", (400, "ILLEGAL_IMAGE_CONTENT")),
        ("create=invalid", (400, "INVALID_REQUEST_BODY")),
        ("create=429", (429, "RATE_LIMIT_EXCEEDED")),
        ("create=typo", (400, "INVALID_REQUEST_BODY")),
    ],
)
def test_a_rejection_is_in_the_envelope_and_unpaid(words: str, expected: tuple[int, str]) -> None:
    client = SimulatorClient()
    assert reason(client.create(words)) == expected
    assert client.paid() == 0


@pytest.mark.parametrize(("word", "expected"), [("forbidden-prompt", "ILLEGAL_PROMPT"), ("forbidden-image", "ILLEGAL_IMAGE_CONTENT")])
def test_moderated_words_are_rejected_at_create(word: str, expected: str) -> None:
    client = SimulatorClient()
    assert reason(client.create(prompt=f"A {word}.")) == (400, expected)
    assert client.paid() == 0


def test_other_forms_of_rejection_are_unpaid() -> None:
    client = SimulatorClient()
    assert content(client.create("create=no-route")) == b"route not found"
    assert read_json(client.create("create=openai"))["error"]["code"] == "InvalidParameter"
    assert b"<html>" in content(client.create("create=502-html"))
    assert client.create("create=302").headers["Location"] == "/_elsewhere"
    assert client.create('create=302:"http://b.test:1/x"').headers["Location"] == "http://b.test:1/x"
    assert client.create("create=drop") is NO_RESPONSE
    assert client.create("create=reset") is RESET
    assert client.paid() == 0


@pytest.mark.parametrize(("argument", "value"), [("", None), (":none", None), (":7", "7"), (":absurd", "1000000000"), (":junk", "soon")])
def test_a_429_has_the_requested_retry_after(argument: str, value: str | None) -> None:
    assert SimulatorClient().create(f"create=429{argument}").headers.get("Retry-After") == value


@pytest.mark.parametrize(("argument", "seconds"), [("date", 5), ("past", -3600)])
def test_a_429_can_have_a_date(argument: str, seconds: int) -> None:
    client = SimulatorClient()
    date = client.create(f"create=429:{argument}").headers["Retry-After"]
    assert date.endswith("GMT")
    assert parsedate_to_datetime(date).timestamp() == client.now + seconds


@pytest.mark.parametrize(
    "words",
    [
        "create=drop-after-accept",
        "create=reset-after-accept",
        "create=500-after-accept",
        "create=502-after-accept",
        "create=408-after-accept",
        "create=hang:3",
        "create=hang-after-accept:3",
        "create=drip",
        "create=huge:1",
        "create=gzip-bomb:1",
        "create=same-id",
        "create=html",
        "create=empty",
        "create=empty-object",
        "create=null-id",
        "create=error-in-200",
        "create=truncated",
        "create=long-id",
        "create=evil-id",
        "create=number-id",
        "create=two-ids",
        "create=duplicate-keys",
    ],
)
def test_an_acceptance_with_a_faulty_response_is_paid_once(words: str) -> None:
    client = SimulatorClient()
    client.create(words)
    assert client.paid() == 1


def test_a_faulty_response_can_be_requested_unpaid() -> None:
    client = SimulatorClient()
    assert b"<html>" in content(client.create("create=html:unpaid"))
    assert client.paid() == 0


def test_each_faulty_response_matches_its_description() -> None:
    client = SimulatorClient()
    assert client.create("create=drop-after-accept") is NO_RESPONSE
    assert client.create("create=reset-after-accept") is RESET
    assert reason(client.create("create=500-after-accept")) == (500, "CREATE_TASK_FAILED")
    assert b"502 Bad Gateway" in content(client.create("create=502-after-accept"))
    assert content(client.create("create=empty")) == b""
    assert read_json(client.create("create=empty-object")) == {}
    assert read_json(client.create("create=null-id")) == {"id": None}
    assert read_json(client.create("create=error-in-200"))["reason"] == "CREATE_TASK_FAILED"
    assert len(read_json(client.create("create=long-id"))["id"]) > 10_000
    assert client.create("create=drip:5").manner.bytes_per_second == 5
    assert client.create("create=hang-after-accept:9").manner.wait == 9
    assert client.create("create=huge:2").body.length == 2_000_000
    bomb = content(client.create("create=gzip-bomb:2"))
    assert len(bomb) < 20_000
    assert len(gzip.decompress(bomb)) > 2_000_000
    with pytest.raises(json.JSONDecodeError):
        read_json(client.create("create=truncated"))


def test_a_delayed_create_is_accepted_only_after_the_wait() -> None:
    client = SimulatorClient()
    paid_before = []
    client.state.pause = lambda seconds: paid_before.append((seconds, client.paid()))
    client.create("create=hang:40")
    assert paid_before == [(40.0, 0)]
    assert client.paid() == 1


@pytest.mark.parametrize("words", ["create=evil-id", "create=long-id", "create=number-id", "create=two-ids"])
def test_an_unusual_id_is_valid_in_a_poll(words: str) -> None:
    client = SimulatorClient()
    created = read_json(client.create(words))
    task_id = created.get("task_id", created["id"])
    assert client.poll(quote(str(task_id), safe="")).status == 200


def test_an_integer_id_is_one_that_a_float_would_round() -> None:
    for number in (read_json(SimulatorClient(seed=seed).create("create=number-id"))["id"] for seed in range(5)):
        assert int(float(number)) != number


def test_the_same_id_twice_hides_the_second_task() -> None:
    client = SimulatorClient()
    first = client.created()
    assert client.created("create=same-id") == first
    assert client.paid() == 2


def test_a_faults_count_restarts_after_its_prompt_is_accepted() -> None:
    client = SimulatorClient()
    statuses = [client.create("create=503::2").status for _ in range(6)]
    assert statuses == [503, 503, 200, 503, 503, 200]
    assert client.paid() == 2


def test_a_fault_can_last_for_simulated_seconds_from_its_prompts_first_post() -> None:
    client = SimulatorClient(time_scale=0.1)
    told = []
    for _ in range(3):
        told.append(client.create("create=429::10s").status)
        client.wait(0.6)
    assert told == [429, 429, 200]


def test_requests_over_the_limit_are_throttled_on_the_simulated_clock() -> None:
    client = SimulatorClient(rate_limit=3, time_scale=0.1)
    throttled = [client.create() for _ in range(4)][-1]
    assert reason(throttled) == (429, "RATE_LIMIT_EXCEEDED")
    assert throttled.headers["Retry-After"] == "20"
    client.wait(2.1)
    assert client.create().status == 200
    assert SimulatorClient(rate_limit=1, retry_after=False).create().status == 200


def test_the_balance_covers_charged_and_undecided_tasks() -> None:
    client = SimulatorClient(balance=0.3)  # one video of 0.26 dollars
    client.created("outcome=fail run=3")
    assert reason(client.create()) == (403, "NOT_ENOUGH_BALANCE")
    client.wait(60)
    client.created()
    client.wait(60)
    assert reason(client.create()) == (403, "NOT_ENOUGH_BALANCE")
    assert reason(SimulatorClient(balance=0.1, balance_refusal="400").create()) == (400, "BILLING_BALANCE_NOT_ENOUGH")
