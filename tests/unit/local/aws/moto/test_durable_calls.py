"""Which calls are stored how, and what a full disk is answered as."""

import json
from contextlib import closing
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from local.aws.moto.durable_calls import DurableService, durable_calls
from local.aws.moto.durable_state import DurableState, Fields
from local.state.database import Database, StorageError


class Nothing:
    """A service without objects."""

    def capture(self) -> dict[str, Fields]:
        return {}

    def restore(self, stored: dict[str, Fields]) -> None:
        pass

    def forget_removed(self) -> None:
        pass


class Recorded(DurableState):
    """Notes how it is used."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "any", Nothing())
        self.used: list[str] = []

    def run(self, call: Any) -> Any:
        self.used.append("run")
        return call()

    def read(self, call: Any) -> Any:
        self.used.append("read")
        return call()

    def store(self) -> None:
        self.used.append("store")


@pytest.mark.parametrize(
    ("operation", "used"),
    [("PutSecretValue", ["run"]), ("GetSecretValue", ["read"]), ("ListSecrets", ["read"]), ("Rotate", ["store"]), ("Publish", [])],
)
def test_a_call_is_stored_as_its_operation_needs(operation: str, used: list[str]) -> None:
    with closing(Database(None)) as database:
        state = Recorded(database)
        service = DurableService(state, "InternalError", independent=("Publish",), stored_afterwards=("Rotate",))
        assert service.run(operation, lambda: "answer") == "answer"
        assert state.used == used


def call(handler: Any, service_name: str = "sns") -> Any:
    """Call an operation that cannot be stored."""

    def original(handler: Any) -> Any:
        raise StorageError("the disk is <full>")

    with closing(Database(None)) as database:
        service = DurableService(DurableState(database, "any", Nothing()), "InternalError")
        return durable_calls({service_name: service})(original)(handler)


def handler(**headers: str) -> Any:
    return SimpleNamespace(service_name="sns", headers=headers, _get_action=lambda: "Any")


def test_a_full_disk_is_a_server_error_in_the_format_of_the_request() -> None:
    status, headers, body = call(handler())
    error = ElementTree.fromstring(body).find("Error")  # noqa: S314 - our own
    assert error is not None
    assert (status, headers["Content-Type"], error.findtext("Code")) == (500, "text/xml", "InternalError")
    assert error.findtext("Message") == "the disk is <full>"
    status, headers, body = call(handler(**{"X-Amz-Target": "AmazonSQS.SendMessage"}))
    assert (status, json.loads(body)) == (500, {"__type": "InternalError", "message": "the disk is <full>"})


def test_other_services_are_left_to_moto() -> None:
    with pytest.raises(StorageError):
        call(handler(), service_name="sqs")
