"""An order's webhook: refused before anything is recorded when nobody could be sent to."""

from typing import TYPE_CHECKING

import pytest

from tests.support.makers import TENANT

if TYPE_CHECKING:
    from tests.support.world import World

URL = "https://hooks.example.com/clips"
EVENTS = ["video.failed"]


def _set(world: "World", *, enabled: bool) -> None:
    world.webhook_settings.put(TENANT, url=URL, events=None, enabled=enabled)


@pytest.mark.parametrize("events", [None, EVENTS])
def test_an_address_that_can_be_sent_to_is_accepted_with_and_without_events(world: "World", events: list[str] | None) -> None:
    assert world.webhook_gate().complaints(TENANT, URL, events) == []


def test_an_address_that_would_be_refused_later_is_complained_of_with_what_is_accepted(world: "World") -> None:
    (complaint,) = world.webhook_gate().complaints(TENANT, "https://10.0.0.1/", None)
    assert complaint["field"] == "webhook_url"
    assert complaint["message"].startswith("must be reachable from the internet")
    assert complaint["accepted"].startswith("An https:// URL")


def test_events_need_an_endpoint_of_the_request_or_the_tenant(world: "World") -> None:
    gate = world.webhook_gate()
    assert [each["field"] for each in gate.complaints(TENANT, None, EVENTS)] == ["webhook_events"]
    _set(world, enabled=False)
    assert [each["field"] for each in gate.complaints(TENANT, None, EVENTS)] == ["webhook_events"]
    _set(world, enabled=True)
    assert gate.complaints(TENANT, None, EVENTS) == []


def test_a_request_without_a_webhook_is_accepted(world: "World") -> None:
    assert world.webhook_gate().complaints(TENANT, None, None) == []
