"""The limits that a client sets for its order: when the video may be submitted, and by when it must be."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.aws.shards import shards
from cliprelay.video.listing import LISTING_KEYS
from cliprelay.video.record import iso
from tests.support.makers import NOW, any_body, any_settings
from tests.support.world import QUEUE_LIMIT

if TYPE_CHECKING:
    from tests.support.world import World

TOMORROW = iso(NOW + timedelta(days=1))


def _order(world: "World", key: str = "order-7", **fields: Any) -> Any:
    return world.ask("POST", "/v1/videos", body=any_body(**fields), headers={"Idempotency-Key": key})


def test_both_limits_are_recorded_and_shown_with_the_request(world: "World") -> None:
    video = _order(world, expires_in=600, not_before="2026-11-23T07:00:00+01:00").json
    assert video["request"] == {**any_settings(), "expires_in": 600, "not_before": TOMORROW}
    stored = world.read(video["id"])
    assert (stored.expires_in, stored.not_before, stored.settings) == (600, TOMORROW, any_settings())
    assert stored.deadline == int((NOW + timedelta(days=1, seconds=600)).timestamp())


def test_without_limits_nothing_is_stored_and_the_deadline_counts_from_now(world: "World") -> None:
    item = world.item(_order(world).json["id"])
    assert not {"expires_in", "not_before", "waiting_for"} & item.keys()
    assert item["deadline"] == int((NOW + timedelta(hours=48, minutes=15)).timestamp())


def test_a_video_that_waits_says_until_when(world: "World") -> None:
    video = _order(world, not_before=TOMORROW).json
    assert video["status"] == "queued"
    assert video["warnings"][-1:] == [{"code": "not_before", "message": f"The video waits until {TOMORROW}, as the order asks."}]


def test_a_time_that_has_just_passed_means_at_once(world: "World") -> None:
    video = _order(world, not_before=iso(NOW - timedelta(minutes=1))).json
    assert "not_before" not in {warning["code"] for warning in video["warnings"]}
    assert world.read(video["id"]).deadline == int((NOW + timedelta(hours=48, minutes=15)).timestamp())


@pytest.mark.parametrize(
    ("fields", "name", "message"),
    [
        ({"expires_in": 5}, "expires_in", "must be greater than or equal to 60"),
        ({"expires_in": 259_201}, "expires_in", "must be less than or equal to 259200"),
        ({"expires_in": "600"}, "expires_in", "must be an integer"),
        ({"expires_in": True}, "expires_in", "must be an integer"),
        ({"expires_in": 600.5}, "expires_in", "must be an integer"),
        ({"not_before": "2026-11-22T05:00:00Z"}, "not_before", "has passed: it is 2026-11-22T06:00:00Z"),
        ({"not_before": "2026-11-26T06:00:00Z"}, "not_before", "is more than 72 hours ahead: it is 2026-11-22T06:00:00Z"),
        ({"not_before": "2026-11-23T06:00:00"}, "not_before", "must be a date and time with its zone, as in 2026-11-22T06:00:00Z"),
        ({"not_before": 1_795_330_800}, "not_before", "must be a string"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/videos", "/v1/quotes"])
def test_a_bad_limit_is_refused_by_name_with_what_would_be_accepted(
    world: "World", path: str, fields: dict[str, Any], name: str, message: str
) -> None:
    said = world.ask("POST", path, body=any_body(**fields))
    assert (said.status, said.json["code"]) == (422, "invalid_request")
    (complaint,) = said.json["errors"]
    assert (complaint["field"], complaint["message"]) == (name, message)
    assert ("An integer from 60 to 259200" if name == "expires_in" else "at most 72 hours ahead") in complaint["accepted"]
    assert (world.items(), world.started()) == ([], [])


def test_a_bad_time_is_reported_together_with_all_other_complaints(world: "World") -> None:
    said = world.ask("POST", "/v1/videos", body=any_body(duration=15, not_before="2026-11-22T05:00:00Z"))
    assert [each["field"] for each in said.json["errors"]] == ["duration", "not_before"]


def test_a_replay_is_answered_when_its_time_has_passed(world: "World") -> None:
    first = _order(world, not_before=TOMORROW)
    world.clock.advance(2 * 86_400)
    again = _order(world, not_before=TOMORROW)
    other_zone = _order(world, not_before="2026-11-23T08:00:00+02:00")
    assert [each.status for each in (again, other_zone)] == [200, 200]
    assert {each.json["id"] for each in (first, again, other_zone)} == {first.json["id"]}


def test_another_limit_makes_another_order(world: "World") -> None:
    _order(world, not_before=TOMORROW, expires_in=600)
    assert [_order(world, expires_in=600).status, _order(world, not_before=TOMORROW).status] == [422, 422]


def test_videos_that_wait_for_their_time_do_not_count_against_the_limit(world: "World") -> None:
    for number in range(QUEUE_LIMIT + 5):
        assert _order(world, f"later-{number}", not_before=TOMORROW).status == 202
    assert (world.videos.count_queued("acme", 1_000), _order(world, "now").status) == (0, 202)
    for number in range(QUEUE_LIMIT):
        _order(world, f"now-{number}")
    assert (_order(world, "one more").json["code"], _order(world, "one later", not_before=TOMORROW).status) == ("queue_full", 202)


def test_they_are_listed_as_queued_all_the_same(world: "World") -> None:
    ids = [_order(world, "later", not_before=TOMORROW).json["id"], _order(world, "now").json["id"]]
    listed = world.ask("GET", "/v1/videos", query={"status": "queued", "order": "asc"}).json["data"]
    assert [each["id"] for each in listed] == ids
    assert world.item(ids[0])["listing"] in shards("acme#scheduled", LISTING_KEYS)
