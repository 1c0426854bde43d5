"""A create is refused, or accepted and paid; whatever it answers, the ledger knows which."""

import gzip
import json
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import pytest

from local.simulator.http.response import NO_ANSWER, RESET, Reply
from local.simulator.routes.router import CREATE
from tests.support.simulator_client import KEY, Customer, any_order, content, said


def reason(reply: Reply) -> tuple[int, str]:
    body = said(reply)
    assert body["code"] == reply.status
    assert set(body) == {"code", "reason", "message", "metadata"}
    return reply.status, body["reason"]


@pytest.mark.parametrize(
    ("style", "keys"),
    [("id", {"id"}), ("task_id", {"task_id"}), ("both", {"id", "task_id"}), ("nested", {"data"}), ("missing", {"status"})],
)
def test_the_id_stands_where_the_style_says(style: str, keys: set[str]) -> None:
    assert set(said(Customer(id_style=style).create())) == keys
    assert set(said(Customer().create(f"ids={style}"))) == keys


@pytest.mark.parametrize(
    ("mode", "missing", "wrong"),
    [
        ("A", (401, "FAILED_TO_AUTH"), (401, "FAILED_TO_AUTH")),
        ("B", (400, "MISSING_API_KEY"), (403, "INVALID_API_KEY")),
        ("C", (403, "INVALID_API_KEY"), (403, "INVALID_API_KEY")),
    ],
)
def test_a_request_without_the_key_is_refused_as_the_mode_says(mode: str, missing: Any, wrong: Any) -> None:
    customer = Customer(auth=mode)
    assert reason(customer.call("POST", CREATE, b"{}")) == missing
    for given in ("Bearer other", f"bearer {KEY}", KEY, f"Basic {KEY}", "Bearer ", "Bearer \xe9"):
        assert reason(customer.call("POST", CREATE, b"{}", Authorization=given)) == wrong
    assert customer.paid() == 0


def test_the_bare_key_is_taken_only_where_that_is_switched_on() -> None:
    body = json.dumps(any_order()).encode()
    headers = {"Authorization": KEY, "Content_Type": "application/json; charset=utf-8"}
    assert Customer(raw_key=True).call("POST", CREATE, body, **headers).status == 200
    assert Customer().call("POST", CREATE, body, **headers).status == 401


def test_a_rotated_key_replaces_the_old_one() -> None:
    customer = Customer()
    customer.simulator.key = "sk-new"
    assert reason(customer.create()) == (401, "FAILED_TO_AUTH")


def test_a_body_that_is_not_announced_as_json_is_refused() -> None:
    body = json.dumps(any_order()).encode()
    refused = Customer().call("POST", CREATE, body, Authorization=f"Bearer {KEY}", Content_Type="text/plain")
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
def test_a_refusal_is_enveloped_and_unpaid(words: str, expected: tuple[int, str]) -> None:
    customer = Customer()
    assert reason(customer.create(words)) == expected
    assert customer.paid() == 0


@pytest.mark.parametrize(("word", "expected"), [("forbidden-prompt", "ILLEGAL_PROMPT"), ("forbidden-image", "ILLEGAL_IMAGE_CONTENT")])
def test_moderated_words_are_refused_at_create(word: str, expected: str) -> None:
    customer = Customer()
    assert reason(customer.create(prompt=f"A {word}.")) == (400, expected)
    assert customer.paid() == 0


def test_other_refusals_have_other_shapes_and_are_unpaid_too() -> None:
    customer = Customer()
    assert content(customer.create("create=no-route")) == b"route not found"
    assert said(customer.create("create=openai"))["error"]["code"] == "InvalidParameter"
    assert b"<html>" in content(customer.create("create=502-html"))
    assert customer.create("create=302").headers["Location"] == "/_elsewhere"
    assert customer.create('create=302:"http://b.test:1/x"').headers["Location"] == "http://b.test:1/x"
    assert customer.create("create=drop") is NO_ANSWER
    assert customer.create("create=reset") is RESET
    assert customer.paid() == 0


@pytest.mark.parametrize(("argument", "value"), [("", None), (":none", None), (":7", "7"), (":absurd", "1000000000"), (":junk", "soon")])
def test_a_429_carries_the_retry_after_that_was_asked_for(argument: str, value: str | None) -> None:
    assert Customer().create(f"create=429{argument}").headers.get("Retry-After") == value


@pytest.mark.parametrize(("argument", "seconds"), [("date", 5), ("past", -3600)])
def test_a_429_can_carry_a_date(argument: str, seconds: int) -> None:
    customer = Customer()
    date = customer.create(f"create=429:{argument}").headers["Retry-After"]
    assert date.endswith("GMT")
    assert parsedate_to_datetime(date).timestamp() == customer.now + seconds


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
def test_an_odd_acceptance_is_paid_once(words: str) -> None:
    customer = Customer()
    customer.create(words)
    assert customer.paid() == 1


def test_an_odd_answer_can_be_had_without_the_payment() -> None:
    customer = Customer()
    assert b"<html>" in content(customer.create("create=html:unpaid"))
    assert customer.paid() == 0


def test_each_odd_answer_says_what_it_promises() -> None:
    customer = Customer()
    assert customer.create("create=drop-after-accept") is NO_ANSWER
    assert customer.create("create=reset-after-accept") is RESET
    assert reason(customer.create("create=500-after-accept")) == (500, "CREATE_TASK_FAILED")
    assert b"502 Bad Gateway" in content(customer.create("create=502-after-accept"))
    assert content(customer.create("create=empty")) == b""
    assert said(customer.create("create=empty-object")) == {}
    assert said(customer.create("create=null-id")) == {"id": None}
    assert said(customer.create("create=error-in-200"))["reason"] == "CREATE_TASK_FAILED"
    assert len(said(customer.create("create=long-id"))["id"]) > 10_000
    assert customer.create("create=drip:5").manner.bytes_per_second == 5
    assert customer.create("create=hang-after-accept:9").manner.wait == 9
    assert customer.create("create=huge:2").body.length == 2_000_000
    bomb = content(customer.create("create=gzip-bomb:2"))
    assert len(bomb) < 20_000
    assert len(gzip.decompress(bomb)) > 2_000_000
    with pytest.raises(json.JSONDecodeError):
        said(customer.create("create=truncated"))


def test_a_hanging_create_is_accepted_only_after_the_wait() -> None:
    customer = Customer()
    paid_before = []
    customer.platform.pause = lambda seconds: paid_before.append((seconds, customer.paid()))
    customer.create("create=hang:40")
    assert paid_before == [(40.0, 0)]
    assert customer.paid() == 1


@pytest.mark.parametrize("words", ["create=evil-id", "create=long-id", "create=number-id", "create=two-ids"])
def test_an_odd_id_works_in_a_poll_when_it_is_carried_faithfully(words: str) -> None:
    customer = Customer()
    created = said(customer.create(words))
    task_id = created.get("task_id", created["id"])
    assert customer.poll(quote(str(task_id), safe="")).status == 200


def test_an_integer_id_is_one_that_a_float_would_round() -> None:
    for number in (said(Customer(seed=seed).create("create=number-id"))["id"] for seed in range(5)):
        assert int(float(number)) != number


def test_the_same_id_twice_hides_the_second_task() -> None:
    customer = Customer()
    first = customer.created()
    assert customer.created("create=same-id") == first
    assert customer.paid() == 2


def test_a_fault_is_used_up_by_its_count_and_starts_over_once_its_prompt_was_accepted() -> None:
    customer = Customer()
    statuses = [customer.create("create=503::2").status for _ in range(6)]
    assert statuses == [503, 503, 200, 503, 503, 200]
    assert customer.paid() == 2


def test_a_fault_can_last_for_simulated_seconds_from_the_first_post_of_its_prompt() -> None:
    customer = Customer(time_scale=0.1)
    told = []
    for _ in range(3):
        told.append(customer.create("create=429::10s").status)
        customer.wait(0.6)
    assert told == [429, 429, 200]


def test_requests_beyond_the_limit_are_throttled_on_the_simulated_clock() -> None:
    customer = Customer(rate_limit=3, time_scale=0.1)
    throttled = [customer.create() for _ in range(4)][-1]
    assert reason(throttled) == (429, "RATE_LIMIT_EXCEEDED")
    assert throttled.headers["Retry-After"] == "20"
    customer.wait(2.1)
    assert customer.create().status == 200
    assert Customer(rate_limit=1, retry_after=False).create().status == 200


def test_a_balance_is_spent_by_what_succeeds_and_held_by_what_may() -> None:
    customer = Customer(balance=0.3)  # one video of 0.26 dollars
    customer.created("outcome=fail run=3")
    assert reason(customer.create()) == (403, "NOT_ENOUGH_BALANCE")
    customer.wait(60)
    customer.created()
    customer.wait(60)
    assert reason(customer.create()) == (403, "NOT_ENOUGH_BALANCE")
    assert reason(Customer(balance=0.1, balance_refusal="400").create()) == (400, "BILLING_BALANCE_NOT_ENOUGH")
