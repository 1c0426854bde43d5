"""The routes of webhooks and deliveries: what a tenant sets, sees and sends again, and nothing of anybody else's."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from standardwebhooks import Webhook

from cliprelay.net.urls import AddressRefused
from cliprelay.webhooks.validation import WebhookValidator
from tests.support.delivery_runner import BROKEN, EVENT, OK, URL, begun, delivering, ended_video
from tests.support.makers import TENANT, any_body, any_video

if TYPE_CHECKING:
    from tests.support.world import World

VIDEO = any_video().id
DELIVERIES = f"/v1/videos/{VIDEO}/deliveries"


# The order


def test_a_webhook_of_a_request_is_recorded_and_shown_by_its_host_alone(world: "World") -> None:
    said = world.ask("POST", "/v1/videos", body=any_body(webhook_url=URL, webhook_events=["video.failed"]))
    assert said.status == 202
    assert said.json["webhook"] == {"url_host": "hooks.example.com", "events": ["video.failed"]}
    assert "geheim" not in said.body
    assert "geheim" not in world.ask("GET", f"/v1/videos/{said.json['id']}").body
    assert world.read(said.json["id"]).webhook_url == URL


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://user:pw@hooks.example.com/",
        "https://hooks.example.com:8443/",
        "hooks",
        "",
    ],
)
def test_an_address_that_would_be_refused_later_is_refused_before_anything_is_recorded(world: "World", url: str) -> None:
    said = world.ask("POST", "/v1/videos", body=any_body(webhook_url=url))
    assert (said.status, said.complaints) == (422, {"webhook_url"})
    assert world.items() == []


def test_an_address_that_turns_out_to_be_private_is_refused_before_anything_is_recorded(world: "World") -> None:
    def refuse(url: str) -> None:
        raise AddressRefused("must be reachable from the internet: its name stands for a private address")

    front = world.front()
    front = world.front(intake=replace(front._api.intake, webhooks=WebhookValidator(world.webhook_settings, refuse)))
    said = world.ask("POST", "/v1/videos", body=any_body(webhook_url=URL), front=front)
    assert (said.status, said.complaints) == (422, {"webhook_url"})
    assert "private address" in said.json["errors"][0]["message"]
    said = world.ask("PUT", "/v1/webhook", body={"url": URL}, front=front)
    assert (said.status, said.complaints) == (422, {"url"})
    assert world.items() == []


@pytest.mark.parametrize("events", [[], ["video.running"], ["video.failed", "video.failed"], "video.failed", [1]])
def test_events_that_do_not_exist_are_refused(world: "World", events: object) -> None:
    said = world.ask("POST", "/v1/videos", body=any_body(webhook_url=URL, webhook_events=events))
    assert said.status == 422
    assert {field.partition(".")[0] for field in said.complaints} == {"webhook_events"}


def test_events_that_nobody_would_get_are_refused(world: "World") -> None:
    body = any_body(webhook_events=["video.failed"])
    said = world.ask("POST", "/v1/videos", body=body)
    assert (said.status, said.complaints) == (422, {"webhook_events"})
    world.webhook_settings.put(TENANT, url=URL, events=None, enabled=True)
    assert world.ask("POST", "/v1/videos", body=body).status == 202


# The tenant's own


def test_a_tenant_that_said_nothing_has_secrets_already_and_no_address(world: "World") -> None:
    shown = world.ask("GET", "/v1/webhook").json
    assert (shown["url"], shown["events"], shown["enabled"]) == (None, None, True)
    (secrets,) = shown["secrets"]
    assert secrets["secret"].startswith("whsec_")
    assert secrets["public_key"].startswith("whpk_")


def test_what_is_put_is_what_is_shown_and_replaces_all_that_was(world: "World") -> None:
    order = {"url": URL, "events": ["video.failed"], "enabled": False}
    assert world.ask("PUT", "/v1/webhook", body=order).status == 200
    shown = world.ask("GET", "/v1/webhook")
    assert {name: shown.json[name] for name in order} == order
    assert shown.headers["cache-control"] == "no-store"
    assert world.ask("PUT", "/v1/webhook", body={}).json["url"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [({"url": "http://a.example.com/"}, "url"), ({"events": ["all"]}, "events.0"), ({"enabled": "yes"}, "enabled"), ({"uri": URL}, "uri")],
)
def test_a_setting_that_cannot_be_is_refused_by_its_name(world: "World", body: dict[str, object], field: str) -> None:
    said = world.ask("PUT", "/v1/webhook", body=body)
    assert said.status == 422
    assert field in json.dumps(said.json["errors"])
    assert world.webhook_settings.of(TENANT).url is None


def test_all_complaints_about_a_setting_come_at_once(world: "World") -> None:
    said = world.ask("PUT", "/v1/webhook", body={"url": "ftp://a.example.com/", "events": [], "enabled": 1, "uri": URL})
    assert (said.status, said.complaints) == (422, {"url", "events", "enabled", "uri"})


def test_a_rotation_shows_both_versions_and_what_is_sent_verifies_with_either(world: "World") -> None:
    said = world.ask("POST", "/v1/webhook/rotate")
    assert said.status == 200
    new, old = said.json["secrets"]
    assert (new["version"], new["until"], old["version"], old["until"]) == (2, None, 1, "2026-11-23T06:00:00Z")
    work = delivering(world)
    work.carry(begun(world))
    (post,) = work.receiver.posts
    for secrets in (new, old):
        signed = Webhook(secrets["secret"]).sign(EVENT, world.clock.now, post.body.decode())
        assert signed in post.headers["webhook-signature"].split(" ")


def test_a_fifth_version_has_to_wait(world: "World") -> None:
    assert [world.ask("POST", "/v1/webhook/rotate").status for _ in range(4)] == [200, 200, 200, 409]


def test_two_tenants_share_neither_secrets_nor_settings(world: "World") -> None:
    other = world.keys.create("other")
    world.ask("PUT", "/v1/webhook", body={"url": URL})
    world.ask("POST", "/v1/webhook/rotate")
    mine, theirs = world.ask("GET", "/v1/webhook").json, world.ask("GET", "/v1/webhook", key=other).json
    assert (theirs["url"], [each["version"] for each in theirs["secrets"]]) == (None, [1])
    secrets = [each[name] for shown in (mine, theirs) for each in shown["secrets"] for name in ("secret", "public_key")]
    assert len(set(secrets)) == 6


def test_without_a_key_there_is_no_webhook(world: "World") -> None:
    assert world.ask("GET", "/v1/webhook", key=None).status == 401
    assert world.ask("POST", "/v1/webhook/rotate", key=None).status == 401


# Deliveries


def test_the_log_shows_every_attempt_and_when_the_next_is_due(world: "World") -> None:
    work = delivering(world, lambda number: BROKEN)
    delivery = begun(world)
    work.deliver(delivery)
    (shown,) = world.ask("GET", DELIVERIES).json["data"]
    assert shown == {
        "id": f"{EVENT}-1",
        "object": "delivery",
        "event_id": EVENT,
        "type": "video.succeeded",
        "url_host": "hooks.example.com",
        "status": "pending",
        "created_at": "2026-11-22T06:00:00Z",
        "attempts": [{"at": "2026-11-22T06:00:00Z", "status": 500, "ms": 40}],
        "next_attempt_at": "2026-11-22T06:00:05Z",
    }


def test_a_delivery_that_went_on_under_another_number_is_shown_once(world: "World") -> None:
    delivery = begun(world)
    world.deliveries.carry_on(delivery, 2, world.clock())
    assert [each["id"] for each in world.ask("GET", DELIVERIES).json["data"]] == [f"{EVENT}-2"]


def test_sending_again_is_a_new_delivery_of_the_same_event(world: "World") -> None:
    delivering(world, lambda number: OK).carry(begun(world))
    said = world.ask("POST", DELIVERIES)
    assert (said.status, said.json["id"], said.json["event_id"], said.json["status"]) == (202, f"{EVENT}-2", EVENT, "pending")
    assert world.started() == [f"{EVENT}-1", f"{EVENT}-2"]


def test_an_earlier_event_is_asked_for_by_its_id(world: "World") -> None:
    earlier = "evt_01M81CB6M1T4PSZ9EXW2A4PSJ0"
    begun(world, event_id=earlier)
    begun(world)
    assert world.ask("POST", DELIVERIES, query={"event": earlier}).json["id"] == f"{earlier}-2"
    assert world.ask("POST", DELIVERIES, query={"event": "evt_01M81CB6M1T4PSZ9EXW2A4PSJ1"}).status == 409
    assert world.ask("POST", DELIVERIES, query={"event": "latest"}).status == 422


def test_what_cannot_be_sent_is_a_409_that_says_why(world: "World") -> None:
    world.put(ended_video(webhook_url=None))
    said = world.ask("POST", DELIVERIES)
    assert (said.status, said.json["code"]) == (409, "nothing_to_send")
    world.put(any_video(webhook_url=URL))
    assert "no event" in world.ask("POST", DELIVERIES).json["detail"]


def test_another_tenants_deliveries_are_as_if_they_were_not_there(world: "World") -> None:
    begun(world)
    other = world.keys.create("other")
    assert world.ask("GET", DELIVERIES, key=other).status == 404
    assert world.ask("POST", DELIVERIES, key=other).status == 404
    assert world.started() == [f"{EVENT}-1"]
