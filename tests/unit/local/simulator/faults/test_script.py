"""Faults from a script: for the next creates, or as an outage for all requests."""

import pytest

from local.simulator.http.request import Request
from local.simulator.http.response import RESET
from local.simulator.routes.router import CREATE, answer
from tests.support.simulator_client import SimulatorClient, read_json


def test_a_script_applies_to_the_next_creates_in_turn() -> None:
    client = SimulatorClient()
    client.simulator.script("create=429", "create=429", "", "create=balance")
    assert [client.create().status for _ in range(5)] == [429, 429, 200, 403, 200]


def test_a_scripted_reset_happens_before_the_body_is_read() -> None:
    client = SimulatorClient()
    client.simulator.script("create=reset")

    def read() -> bytes:
        raise AssertionError("the body was read")

    assert answer(client.state, Request("POST", CREATE, {}, read)) is RESET
    assert client.simulator.summary()["posts"] == 1


def test_an_outage_applies_to_all_requests_until_it_ends() -> None:
    client = SimulatorClient()
    task_id = client.created()
    client.simulator.script({"all": "create=503 poll=500"})
    assert [client.create().status for _ in range(3)] == [503] * 3
    assert [client.poll(task_id).status for _ in range(3)] == [500] * 3
    client.simulator.script({"all": ""})
    assert client.create().status == 200
    assert client.poll(task_id).status == 200


def test_a_task_accepted_during_an_outage_of_polls_works_after_it() -> None:
    client = SimulatorClient()
    client.simulator.script({"all": "poll=500"})
    task_id = client.created()
    assert client.poll(task_id).status == 500
    client.simulator.clear_script()
    assert client.poll(task_id).status == 200


@pytest.mark.parametrize("script", [b"{", b'"create=429"', b'["create=typo"]', b"[5]", b'[{"all": "x=1"}]', b'["", {"al": ""}]'])
def test_an_invalid_script_is_rejected_as_a_whole(script: bytes) -> None:
    client = SimulatorClient()
    assert client.request("POST", "/_faults", script).status == 400
    assert read_json(client.request("GET", "/_faults")) == {"next": [], "all": ""}


def test_a_script_can_be_shown_and_cleared() -> None:
    client = SimulatorClient()
    assert client.request("POST", "/_faults", b'["create=429", {"all": "poll=500"}]').status == 200
    assert read_json(client.request("GET", "/_faults")) == {"next": ["create=429"], "all": "poll=500"}
    assert read_json(client.request("DELETE", "/_faults")) == {"next": [], "all": ""}
