"""Faults can also be scripted from outside: for the next creates, or as an outage for everybody."""

import pytest

from local.simulator.http.request import Call
from local.simulator.http.response import RESET
from local.simulator.routes.router import CREATE, answer
from tests.support.simulator_client import Customer, said


def test_a_script_is_for_the_next_creates_in_turn() -> None:
    customer = Customer()
    customer.simulator.script("create=429", "create=429", "", "create=balance")
    assert [customer.create().status for _ in range(5)] == [429, 429, 200, 403, 200]


def test_a_scripted_reset_comes_before_the_body_is_read() -> None:
    customer = Customer()
    customer.simulator.script("create=reset")

    def read() -> bytes:
        raise AssertionError("the body was read")

    assert answer(customer.platform, Call("POST", CREATE, {}, read)) is RESET
    assert customer.simulator.summary()["posts"] == 1


def test_an_outage_is_for_everybody_until_it_is_over() -> None:
    customer = Customer()
    task_id = customer.created()
    customer.simulator.script({"all": "create=503 poll=500"})
    assert [customer.create().status for _ in range(3)] == [503] * 3
    assert [customer.poll(task_id).status for _ in range(3)] == [500] * 3
    customer.simulator.script({"all": ""})
    assert customer.create().status == 200
    assert customer.poll(task_id).status == 200


def test_what_was_accepted_during_an_outage_of_the_polls_is_well_after_it() -> None:
    customer = Customer()
    customer.simulator.script({"all": "poll=500"})
    task_id = customer.created()
    assert customer.poll(task_id).status == 500
    customer.simulator.clear_script()
    assert customer.poll(task_id).status == 200


@pytest.mark.parametrize("script", [b"{", b'"create=429"', b'["create=typo"]', b"[5]", b'[{"all": "x=1"}]', b'["", {"al": ""}]'])
def test_a_script_that_makes_no_sense_is_refused_whole(script: bytes) -> None:
    customer = Customer()
    assert customer.call("POST", "/_faults", script).status == 400
    assert said(customer.call("GET", "/_faults")) == {"next": [], "all": ""}


def test_a_script_is_shown_and_forgotten_on_request() -> None:
    customer = Customer()
    assert customer.call("POST", "/_faults", b'["create=429", {"all": "poll=500"}]').status == 200
    assert said(customer.call("GET", "/_faults")) == {"next": ["create=429"], "all": "poll=500"}
    assert said(customer.call("DELETE", "/_faults")) == {"next": [], "all": ""}
