"""A tenant deletes its ended videos: the record keeps id, times and money, and nothing else answers any more."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.links import renewed
from cliprelay.video.record import Video, iso
from cliprelay.video.states import TERMINAL, Status
from tests.support.delivery_runner import EVENT
from tests.support.full_video import CLIENTS_WORD, full_video
from tests.support.makers import NOW, TENANT, any_body

if TYPE_CHECKING:
    from tests.support.world import World

EPOCH = int(NOW.timestamp())
VIDEO = full_video().id
PATH = f"/v1/videos/{VIDEO}"


def _put(world: "World", **changes: Any) -> Video:
    return world.put(full_video(**{"event_id": EVENT, "told": EVENT, "webhook_url": None, "webhook_events": None} | changes))


@pytest.mark.parametrize("status", sorted(set(Status) - TERMINAL))
def test_a_video_that_has_not_ended_is_refused_with_the_way_to_end_it(world: "World", status: Status) -> None:
    before = world.item(_put(world, status=status, ended_at=None).id)
    said = world.ask("DELETE", PATH)
    assert (said.status, said.json["code"], said.json["video_status"]) == (409, "not_ended", status.value)
    assert said.json["cancel"] == f"POST {PATH}/cancel"
    assert world.item(VIDEO) == before


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_an_ended_video_is_deleted_and_shown_without_its_contents(world: "World", status: Status) -> None:
    before = world.ask("GET", f"/v1/videos/{_put(world, status=status).id}").json
    said = world.ask("DELETE", PATH)
    assert (said.status, said.json["deleted_at"]) == (200, iso(NOW))
    assert said.json == world.ask("GET", PATH).json
    assert CLIENTS_WORD not in said.body + json.dumps(world.items())
    assert "video" not in said.json
    assert (said.json["metadata"], said.json["warnings"]) == ({}, [])
    assert {name: said.json[name] for name in ("id", "status", "created_at", "ended_at")} == {
        name: before[name] for name in ("id", "status", "created_at", "ended_at")
    }


def test_the_cost_is_that_of_before(world: "World") -> None:
    quote = {"tokens": 108_900, "usd": "0.2614", "usd_per_million": "2.4"}
    _put(world, quote=quote, tokens=300_000)
    assert world.ask("GET", PATH).json["cost"] == world.ask("DELETE", PATH).json["cost"]


def test_what_may_have_been_charged_is_still_said(world: "World") -> None:
    error = {"code": "outcome_unknown", "message": "It may have been charged."}
    _put(world, status=Status.FAILED, cancel_requested_at=iso(NOW), upstream_id=None, error=error, tokens=None)
    before = world.ask("GET", PATH).json
    said = world.ask("DELETE", PATH).json
    assert [each["billed"] for each in (before, said, world.ask("GET", PATH).json)] == ["unknown"] * 3


def test_a_second_delete_answers_the_same_and_writes_nothing(world: "World") -> None:
    _put(world)
    first = world.ask("DELETE", PATH)
    stored = world.item(VIDEO)
    world.clock.advance(60)
    again = world.ask("DELETE", PATH)
    assert (again.status, again.body, world.item(VIDEO)) == (200, first.body, stored)


def test_file_and_links_are_gone(world: "World") -> None:
    _put(world)
    world.put(renewed(world.read(VIDEO), "c" * 43))
    world.ask("DELETE", PATH)
    for method, path in (("GET", f"{PATH}/content"), ("HEAD", f"{PATH}/content"), ("DELETE", f"{PATH}/links")):
        assert (world.ask(method, path).status, world.ask(method, path).json["code"]) == (410, "deleted")
    for bits in ("b" * 43, "c" * 43):
        said = world.ask("GET", f"/v1/links/{VIDEO}.{bits}", key=None)
        assert (said.status, said.json["code"]) == (410, "deleted")
    assert world.ask("GET", f"/v1/links/{VIDEO}.{'d' * 43}", key=None).status == 404


def test_no_event_can_be_sent_again(world: "World") -> None:
    _put(world)
    world.webhook_settings.put(TENANT, url="https://hooks.example.com/", events=None, enabled=True)
    world.ask("DELETE", PATH)
    assert world.ask("POST", f"{PATH}/deliveries").json["code"] == "deleted"


@pytest.mark.parametrize("status", [None, "succeeded"])
def test_it_is_not_listed(world: "World", status: str | None) -> None:
    _put(world)
    query = {"status": status} if status else {}
    assert [each["id"] for each in world.ask("GET", "/v1/videos", query=query).json["data"]] == [VIDEO]
    world.ask("DELETE", PATH)
    assert world.ask("GET", "/v1/videos", query=query).json == {"data": [], "has_more": False}
    assert "listing" not in world.item(VIDEO)
    assert world.videos.unlisted(None, 10) == ([], None)


def test_the_key_replays_the_deleted_video_and_pays_nothing(world: "World") -> None:
    headers = {"idempotency-key": "one"}
    made = world.ask("POST", "/v1/videos", body=any_body(), headers=headers).json
    world.change(made["id"], status="failed", event_id=EVENT, told=EVENT, ended_at=iso(NOW), due=None, due_at=None)
    started = world.started()
    world.ask("DELETE", f"/v1/videos/{made['id']}")
    again = world.ask("POST", "/v1/videos", body=any_body(), headers=headers)
    assert (again.status, again.json["id"], again.json["deleted_at"]) == (200, made["id"], iso(NOW))
    assert (again.headers["idempotency-replayed"], world.started()) == ("true", started)
    other = world.ask("POST", "/v1/videos", body=any_body(prompt="another"), headers=headers)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
