"""A tenant sets, reads and resends its own webhooks and deliveries only."""

import json
import socket
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRefused, AddressRules
from cliprelay.webhooks.retry_schedule import Reply
from cliprelay.webhooks.sender import WebhookSender
from cliprelay.webhooks.settings import EVENT_TYPES
from cliprelay.webhooks.validation import WebhookValidator
from tests.support.delivery_runner import BROKEN, EVENT, OK, URL, Receiver, begun, delivering, ended_video
from tests.support.makers import NOW, TENANT, any_body, any_video

if TYPE_CHECKING:
    from cliprelay.api.app import Front
    from tests.support.world import World

VIDEO = any_video().id
DELIVERIES = f"/v1/videos/{VIDEO}/deliveries"


# Orders


def test_a_requests_webhook_is_recorded_and_only_its_host_is_shown(world: "World") -> None:
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
def test_a_forbidden_url_is_refused_before_anything_is_recorded(world: "World", url: str) -> None:
    said = world.ask("POST", "/v1/videos", body=any_body(webhook_url=url))
    assert (said.status, said.complaints) == (422, {"webhook_url"})
    assert world.items() == []


def test_a_host_that_resolves_to_a_private_address_is_refused_before_anything_is_recorded(world: "World") -> None:
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
def test_unknown_events_are_refused(world: "World", events: object) -> None:
    said = world.ask("POST", "/v1/videos", body=any_body(webhook_url=URL, webhook_events=events))
    assert said.status == 422
    assert {field.partition(".")[0] for field in said.complaints} == {"webhook_events"}


def test_events_without_a_webhook_are_refused(world: "World") -> None:
    body = any_body(webhook_events=["video.failed"])
    said = world.ask("POST", "/v1/videos", body=body)
    assert (said.status, said.complaints) == (422, {"webhook_events"})
    world.webhook_settings.put(TENANT, url=URL, events=None, enabled=True)
    assert world.ask("POST", "/v1/videos", body=body).status == 202


# The tenant's default webhook


def test_a_new_tenant_has_secrets_but_no_url(world: "World") -> None:
    shown = world.ask("GET", "/v1/webhook").json
    assert (shown["url"], shown["events"], shown["enabled"]) == (None, None, True)
    (secrets,) = shown["secrets"]
    assert secrets["secret"].startswith("whsec_")
    assert secrets["public_key"].startswith("whpk_")


def test_put_replaces_all_settings_and_shows_the_new_ones(world: "World") -> None:
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
def test_an_invalid_setting_is_refused_by_name(world: "World", body: dict[str, object], field: str) -> None:
    said = world.ask("PUT", "/v1/webhook", body=body)
    assert said.status == 422
    assert field in json.dumps(said.json["errors"])
    assert world.webhook_settings.of(TENANT).url is None


def test_all_errors_in_a_setting_are_reported_at_once(world: "World") -> None:
    said = world.ask("PUT", "/v1/webhook", body={"url": "ftp://a.example.com/", "events": [], "enabled": 1, "uri": URL})
    assert (said.status, said.complaints) == (422, {"url", "events", "enabled", "uri"})


@pytest.mark.parametrize("field", ["url", "events", "enabled"])
def test_null_in_a_setting_means_its_default(world: "World", field: str) -> None:
    defaults = {"url": None, "events": None, "enabled": True}
    said = world.ask("PUT", "/v1/webhook", body={"url": URL, "events": ["video.failed"], "enabled": False} | {field: None})
    assert (said.status, said.json[field]) == (200, defaults[field])


def test_blanks_around_a_url_are_dropped(world: "World") -> None:
    assert world.ask("PUT", "/v1/webhook", body={"url": f" {URL}\n"}).json["url"] == URL
    said = world.ask("POST", "/v1/videos", body=any_body(webhook_url=f"\n{URL} "))
    assert world.read(said.json["id"]).webhook_url == URL


def test_an_error_in_a_setting_is_said_in_the_clients_words(world: "World") -> None:
    said = world.ask("PUT", "/v1/webhook", body={"events": [], "enabled": "yes"})
    assert [error["message"] for error in said.json["errors"]] == ["must have at least 1 item", "must be true or false"]


def test_after_a_rotation_both_versions_are_shown_and_verify_deliveries(world: "World") -> None:
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


def test_a_fifth_valid_version_is_refused(world: "World") -> None:
    assert [world.ask("POST", "/v1/webhook/rotate").status for _ in range(4)] == [200, 200, 200, 409]


def test_tenants_share_neither_secrets_nor_settings(world: "World") -> None:
    other = world.keys.create("other")
    world.ask("PUT", "/v1/webhook", body={"url": URL})
    world.ask("POST", "/v1/webhook/rotate")
    mine, theirs = world.ask("GET", "/v1/webhook").json, world.ask("GET", "/v1/webhook", key=other).json
    assert (theirs["url"], [each["version"] for each in theirs["secrets"]]) == (None, [1])
    secrets = [each[name] for shown in (mine, theirs) for each in shown["secrets"] for name in ("secret", "public_key")]
    assert len(set(secrets)) == 6


def test_the_webhook_endpoints_need_a_key(world: "World") -> None:
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


def test_a_continued_delivery_is_shown_once(world: "World") -> None:
    delivery = begun(world)
    world.deliveries.carry_on(delivery, 2, world.clock())
    assert [each["id"] for each in world.ask("GET", DELIVERIES).json["data"]] == [f"{EVENT}-2"]


def test_sending_again_creates_a_new_delivery_of_the_same_event(world: "World") -> None:
    delivering(world, lambda number: OK).carry(begun(world))
    said = world.ask("POST", DELIVERIES)
    assert (said.status, said.json["id"], said.json["event_id"], said.json["status"]) == (202, f"{EVENT}-2", EVENT, "pending")
    assert world.started() == [f"{EVENT}-1", f"{EVENT}-2"]


def test_an_earlier_event_is_selected_by_id(world: "World") -> None:
    earlier = "evt_01M81CB6M1T4PSZ9EXW2A4PSJ0"
    begun(world, event_id=earlier)
    begun(world)
    assert world.ask("POST", DELIVERIES, query={"event": earlier}).json["id"] == f"{earlier}-2"
    assert world.ask("POST", DELIVERIES, query={"event": "evt_01M81CB6M1T4PSZ9EXW2A4PSJ1"}).status == 409
    assert world.ask("POST", DELIVERIES, query={"event": "latest"}).status == 422


def test_an_event_that_cannot_be_sent_gets_409_with_the_reason(world: "World") -> None:
    world.put(ended_video(webhook_url=None))
    said = world.ask("POST", DELIVERIES)
    assert (said.status, said.json["code"]) == (409, "nothing_to_send")
    world.put(any_video(webhook_url=URL))
    assert "no event" in world.ask("POST", DELIVERIES).json["detail"]


def test_another_tenants_deliveries_are_hidden(world: "World") -> None:
    begun(world)
    other = world.keys.create("other")
    assert world.ask("GET", DELIVERIES, key=other).status == 404
    assert world.ask("POST", DELIVERIES, key=other).status == 404
    assert world.started() == [f"{EVENT}-1"]


# Test events

TEST = "/v1/webhook/test"


def _receiving(world: "World", answer: Reply = OK) -> tuple[Receiver, "Front"]:
    receiver = Receiver(world.clock, lambda number: answer)
    return receiver, world.front(webhook_sender=lambda: receiver)


def test_test_events_go_to_the_tenants_webhook_even_a_disabled_one(world: "World") -> None:
    world.webhook_settings.put(TENANT, url=URL, events=["video.failed"], enabled=False)
    receiver, front = _receiving(world)
    said = world.ask("POST", TEST, front=front)
    assert (said.status, said.json["delivered"], said.json["url_host"]) == (200, True, "hooks.example.com")
    assert {event["type"] for event in said.json["events"]} == set(EVENT_TYPES)
    assert said.json["events"][0]["status"] == 200
    assert {post.url for post in receiver.posts} == {URL}
    assert "geheim" not in said.body
    assert (world.items(), world.started()) == ([], [])


def test_test_events_go_to_the_url_of_the_request(world: "World") -> None:
    receiver, front = _receiving(world, BROKEN)
    said = world.ask("POST", TEST, front=front, body={"url": f"  {URL}\n"})
    assert (said.status, said.json["delivered"], said.json["events"][0]["status"]) == (200, False, 500)
    assert {post.url for post in receiver.posts} == {URL}


def test_test_events_without_any_webhook_are_refused(world: "World") -> None:
    nothing: list[dict[str, Any]] = [{}, {"body": {}}, {"body": {"url": None}}]
    for request in nothing:
        said = world.ask("POST", TEST, **request)
        assert (said.status, said.json["code"]) == (409, "nothing_to_send")


@pytest.mark.parametrize("body", [{"url": "http://hooks.example.com/"}, {"url": "https://10.0.0.1/"}, {"url": 5}, {"url": ""}])
def test_test_events_go_to_no_address_that_events_may_not_go_to(world: "World", body: dict[str, object]) -> None:
    receiver, front = _receiving(world)
    said = world.ask("POST", TEST, front=front, body=body)
    assert (said.status, said.complaints, receiver.posts) == (422, {"url"}, [])


def test_a_test_has_no_other_fields(world: "World") -> None:
    assert world.ask("POST", TEST, body={"urls": URL}).complaints == {"urls"}


def test_a_tenant_cannot_send_test_events_in_a_row_but_others_can(world: "World") -> None:
    receiver, front = _receiving(world)
    assert world.ask("POST", TEST, front=front, body={"url": URL}).status == 200
    world.clock.advance(5)
    said = world.ask("POST", TEST, front=front, body={"url": URL})
    assert (said.status, said.json["code"], said.headers["retry-after"]) == (429, "tested_too_often", "10")
    assert len(receiver.posts) == len(EVENT_TYPES)
    assert world.ask("POST", TEST, front=front, body={"url": URL}, key=world.keys.create("other")).status == 200
    world.clock.advance(10)
    assert world.ask("POST", TEST, front=front, body={"url": URL}).status == 200


def test_a_clock_that_ran_ahead_does_not_forbid_test_events(world: "World") -> None:
    world.webhook_settings.begin_test(TENANT, NOW + timedelta(days=1))
    assert world.webhook_settings.begin_test(TENANT, NOW) == 0


def test_the_sender_keeps_every_test_event_on_this_side_of_the_guard(world: "World") -> None:
    # A name that passes the check and resolves to a private address afterwards.
    guard = Guard(AddressRules.PUBLIC, resolve=lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))])
    front = world.front(webhook_sender=lambda: WebhookSender(guard, world.clock))
    said = world.ask("POST", TEST, body={"url": "https://hooks.example.com/"}, front=front)
    assert [event["error"] for event in said.json["events"]] == ["address_refused", *["not_sent"] * (len(EVENT_TYPES) - 1)]
