"""Lists by ids, by Idempotency-Key, by time, by model and by metadata."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.api.http.pagination import BATCH, BATCHES
from cliprelay.ids import first_video_id
from cliprelay.video.record import iso
from cliprelay.video.states import Status
from tests.support.makers import NOW, Meddled, any_body, any_settings, any_video

if TYPE_CHECKING:
    from tests.support.world import World

T2V = "seedance-v1.5-pro-t2v"


def _id(minutes: float, number: int = 0) -> str:
    """Return the id of a video that was created so many minutes after NOW."""
    return f"{first_video_id(NOW + timedelta(minutes=minutes))[:-4]}{number:04}"


def _put(world: "World", minutes: float, number: int = 0, **changes: Any) -> str:
    return world.put(any_video(id=_id(minutes, number), created_at=iso(NOW + timedelta(minutes=minutes)), **changes)).id


def _found(world: "World", **query: str) -> list[str]:
    said = world.ask("GET", "/v1/videos", query={name.replace("__", "."): value for name, value in query.items()})
    assert said.status == 200, said.body
    return [each["id"] for each in said.json["data"]]


def _complaints(world: "World", **query: str) -> set[str]:
    said = world.ask("GET", "/v1/videos", query={name.replace("__", "."): value for name, value in query.items()})
    assert (said.status, said.json["code"]) == (422, "invalid_request")
    return said.complaints


# By ids


def test_ids_return_own_videos_newest_first_and_name_what_is_missing(world: "World") -> None:
    mine = [_put(world, minute) for minute in range(3)]
    theirs = _put(world, 3, tenant="other")
    expired, deleted = _put(world, 4, expires_at=1), _put(world, 5, deleted_at=iso(NOW), status=Status.FAILED)
    nobodys = _id(6)
    page = world.ask("GET", "/v1/videos", query={"ids": ",".join([nobodys, *mine, theirs, mine[0], expired, deleted])}).json
    assert [each["id"] for each in page["data"]] == mine[::-1]
    assert page["missing"] == [nobodys, theirs, expired, deleted]
    assert page["has_more"] is False


def test_a_hundred_ids_take_one_read(world: "World") -> None:
    ids = [_put(world, 0, number) for number in range(100)]
    reads: list[str] = []

    def noted(real: Any, **call: Any) -> Any:
        reads.append("batch")
        return real(**call)

    videos = world.videos_over(Meddled(world.dynamodb, batch_get_item=noted))
    said = world.ask("GET", "/v1/videos", query={"ids": ",".join(ids)}, front=world.front(videos=videos))
    assert (len(said.json["data"]), reads) == (100, ["batch"])
    assert "up to 100" in world.ask("GET", "/v1/videos", query={"ids": ",".join([*ids, _id(1)])}).json["errors"][0]["accepted"]


def test_videos_that_do_not_fit_into_one_answer_are_on_the_next_page(world: "World") -> None:
    ids = [_put(world, minute, settings=any_settings(prompt="🌊" * 8_000)) for minute in range(60)]
    first = world.ask("GET", "/v1/videos", query={"ids": ",".join(ids)}).json
    assert first["has_more"]
    rest = world.ask("GET", "/v1/videos", query={"ids": ",".join(ids), "after": first["next"]}).json
    assert [each["id"] for each in (*first["data"], *rest["data"])] == ids[::-1]
    assert (first["missing"], rest["missing"], rest["has_more"]) == ([], [], False)


@pytest.mark.parametrize("ids", ["", ",", _id(1).lower(), f"{_id(1)},", f"{_id(1)} ,{_id(2)}", "*", ",".join([_id(1)] * 101)])
def test_malformed_ids_are_refused(world: "World", ids: str) -> None:
    assert _complaints(world, ids=ids) == {"ids"}


# By Idempotency-Key


def test_a_key_returns_its_video_and_another_tenants_key_nothing(world: "World") -> None:
    key = "order 4712 / é+%"
    made = world.ask("POST", "/v1/videos", body=any_body(), headers={"idempotency-key": key}).json["id"]
    assert _found(world, idempotency_key=key) == [made]
    assert _found(world, idempotency_key="another") == []
    other = world.ask("GET", "/v1/videos", query={"idempotency_key": key}, key=world.keys.create("other"))
    assert other.json == {"data": [], "has_more": False}


@pytest.mark.parametrize("key", ["", " ", "a,b", "x" * 513])
def test_a_key_that_no_order_can_have_is_refused(world: "World", key: str) -> None:
    assert _complaints(world, idempotency_key=key) == {"idempotency_key"}


# By time


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("status", [None, "queued"])
def test_a_span_of_time_is_read_from_the_index_page_by_page(world: "World", order: str, status: str | None) -> None:
    ids = [_put(world, minute) for minute in range(0, 50, 5)]
    query = {"from": iso(NOW + timedelta(minutes=10)), "to": iso(NOW + timedelta(minutes=40)), "order": order, "limit": "2"}
    query |= {"status": status} if status else {}
    found, after = [], ""
    for _ in range(4):
        page = world.ask("GET", "/v1/videos", query=query | ({"after": after} if after else {})).json
        found += [each["id"] for each in page["data"]]
        after = page.get("next", "")
        if not after:
            break
    wanted = ids[2:8]
    assert found == (wanted if order == "asc" else wanted[::-1])
    assert after == ""


def test_a_date_means_its_whole_day(world: "World") -> None:
    days = [_put(world, 1_440 * day) for day in range(-2, 3)]
    assert _found(world, **{"from": "2026-11-21", "to": "2026-11-23"}) == days[1:4][::-1]
    assert _found(world, **{"from": "2026-11-22", "to": "2026-11-22"}) == [days[2]]
    assert _found(world, **{"from": "2026-11-23"}) == days[3:][::-1]
    assert _found(world, to="2026-11-20") == [days[0]]
    assert _found(world, to="1969-01-01") == []


def test_a_cursor_outside_the_span_finds_nothing_beyond_it(world: "World") -> None:
    ids = [_put(world, minute) for minute in range(3)]
    span = {"from": iso(NOW + timedelta(minutes=1)), "to": iso(NOW + timedelta(minutes=2))}
    assert _found(world, after=ids[0], **span) == []
    assert _found(world, after=_id(9), **span) == [ids[1]]


@pytest.mark.parametrize(("begin", "end"), [("2026-11-23", "2026-11-22"), ("2026-11-22T06:00:00Z", "2026-11-22T06:00:00Z")])
def test_a_span_without_time_is_refused(world: "World", begin: str, end: str) -> None:
    assert _complaints(world, **{"from": begin, "to": end}) == {"from", "to"}


def test_every_complaint_is_named_at_once(world: "World") -> None:
    wrong = {"from": "2026-02-30", "to": "now", "model": "sora", "limit": "0", "status": "done", "metadata__k": "x" * 501, "meta": "1"}
    assert _complaints(world, **wrong) == {"from", "to", "model", "limit", "status", "metadata.k", "meta"}


# By model and metadata


def test_filters_without_an_index_are_combined(world: "World") -> None:
    one = _put(world, 1, model=T2V, metadata={"order": "1", "kind": "a"})
    two = _put(world, 2, metadata={"order": "1", "kind": "b"})
    _put(world, 3, metadata={"order": "2"})
    assert _found(world, metadata__order="1") == [two, one]
    assert _found(world, metadata__order="1", metadata__kind="a") == [one]
    assert _found(world, metadata__order="1", model=T2V) == [one]
    assert _found(world, metadata__order="1", status="queued", limit="1") == [two]
    assert _found(world, metadata__order="") == []
    assert _found(world, **{"metadata.a.b": "1"}) == []


def test_a_filter_without_an_index_reads_a_thousand_records_and_says_where_to_go_on(world: "World") -> None:
    wanted = _put(world, 0, metadata={"order": "1"})
    for number in range(BATCH * BATCHES):
        _put(world, 1, number)
    first = world.ask("GET", "/v1/videos", query={"metadata.order": "1"}).json
    assert (first["data"], first["has_more"]) == ([], True)
    assert _found(world, metadata__order="1", after=first["next"]) == [wanted]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_a_filter_miss_and_repeat_nothing(world: "World", limit: int) -> None:
    wanted = [_put(world, minute, metadata={"order": str(minute % 2)}) for minute in range(7)][1::2]
    found, after = [], ""
    while True:
        page = world.ask("GET", "/v1/videos", query={"metadata.order": "1", "limit": str(limit)} | ({"after": after} if after else {})).json
        found += [each["id"] for each in page["data"]]
        after = page.get("next", "")
        if not after:
            break
    assert found == wanted[::-1]


@pytest.mark.parametrize("name", ["metadata.", f"metadata.{'k' * 65}"])
def test_a_key_that_no_metadata_can_have_is_refused(world: "World", name: str) -> None:
    assert _complaints(world, **{name: "1"}) == {name[:73]}


def test_more_keys_than_metadata_can_have_are_refused(world: "World") -> None:
    assert _complaints(world, **{f"metadata.{number}": "1" for number in range(17)}) == {"metadata"}


@pytest.mark.parametrize("name", ["metadata", "metadatax.k", "status.k", "KEY"])
def test_other_names_are_no_parameters(world: "World", name: str) -> None:
    assert _complaints(world, **{name: "1"}) == {name}


# What does not go together


OTHERS = {"status": "queued", "limit": "5", "order": "asc", "from": "2026-11-22", "to": "2026-11-22", "model": T2V, "metadata.k": "v"}


@pytest.mark.parametrize("name", [*OTHERS, "idempotency_key"])
def test_ids_go_with_a_cursor_only(world: "World", name: str) -> None:
    assert _complaints(world, ids=_id(0), **{name: OTHERS.get(name, "key")}) == {name}


@pytest.mark.parametrize("name", [*OTHERS, "after"])
def test_a_key_stands_alone(world: "World", name: str) -> None:
    assert _complaints(world, idempotency_key="key", **{name: OTHERS.get(name, _id(0))}) == {name}
