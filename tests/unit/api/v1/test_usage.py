"""GET /v1/usage answers from counters, as JSON or CSV, and only the tenant's own."""

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.api.v1.schemas.usage import UsageAnswer
from cliprelay.video.states import Status
from tests.support.makers import any_body

if TYPE_CHECKING:
    from tests.support.world import World

QUIET = {"generate_audio": False, "resolution": "480p", "ratio": "16:9"}


def _order(world: "World", **changes: Any) -> str:
    said = world.ask("POST", "/v1/videos", body=any_body(**QUIET, **changes))
    assert said.status == 202
    return str(said.json["id"])


def _end(world: "World", video_id: str, status: Status, **changes: Any) -> None:
    video = world.read(video_id)
    for target in (Status.SUBMITTING, Status.RUNNING, *([Status.ARCHIVING] if status is Status.SUCCEEDED else []), status):
        evidence: dict[str, Any] = {"upstream_id": f"task-{video_id}"} if target is Status.RUNNING else {}
        moved = world.videos.move(video, target, world.clock(), **evidence, **(changes if target is status else {}))
        assert moved.won
        video = moved.video


def _get(world: "World", query: str = "", **headers: str) -> Any:
    return world.ask("GET", "/v1/usage", query=dict(part.split("=") for part in query.split("&") if part), headers=headers)


def test_an_accepted_video_is_reserved_and_an_ended_one_settled_or_doubtful(world: "World") -> None:
    open_one, made, failed = _order(world), _order(world), _order(world)
    _end(world, made, Status.SUCCEEDED, object_key="any")
    _end(world, failed, Status.FAILED, error={"code": "generation_failed", "message": "?"})
    answer = _get(world).json
    UsageAnswer.model_validate(answer)
    usd = world.ask("GET", f"/v1/videos/{open_one}").json["cost"]["usd"]
    sums = {"videos": 3, "seconds": 15, "tokens": 50_638, "reserved_usd": usd, "settled_usd": usd, "doubtful_usd": usd}
    assert (answer["from"], answer["to"], answer["by"]) == ("2026-11-01", "2026-11-22", "day")
    assert answer["data"] == [{"day": "2026-11-22", **sums}]
    assert answer["total"] == sums


def test_by_status_each_ending_has_its_own_amounts(world: "World") -> None:
    _order(world)
    _end(world, _order(world), Status.SUCCEEDED, object_key="any")
    _end(world, _order(world), Status.FAILED, error={"code": "generation_failed", "message": "?"})
    rows = {row["status"]: row for row in _get(world, "by=status").json["data"]}
    amounts = {status: {name for name, value in row.items() if name.endswith("_usd") and value != "0.0000"} for status, row in rows.items()}
    assert amounts == {"open": {"reserved_usd"}, "succeeded": {"settled_usd"}, "failed": {"doubtful_usd"}}
    assert {row["videos"] for row in rows.values()} == {1}


def test_amounts_stay_in_the_day_of_acceptance(world: "World") -> None:
    video = _order(world)
    world.clock.advance(86_400)
    _end(world, video, Status.SUCCEEDED, object_key="any")
    assert [row["day"] for row in _get(world).json["data"]] == ["2026-11-22"]
    assert _get(world, "from=2026-11-23").json["data"] == []


def test_by_model_and_by_key_have_the_same_total(world: "World") -> None:
    _order(world)
    _order(world, model="seedance-v1.5-pro-t2v", image=None)
    by_model, by_key = _get(world, "by=model").json, _get(world, "by=key").json
    assert [row["model"] for row in by_model["data"]] == ["seedance-v1.5-pro-i2v", "seedance-v1.5-pro-t2v"]
    assert len(by_key["data"]) == 1
    assert by_model["total"] == by_key["total"]


def test_another_tenant_sees_nothing_of_it(world: "World") -> None:
    _order(world)
    key = world.keys.create("other")
    assert world.ask("GET", "/v1/usage", key=key).json["total"]["videos"] == 0


def test_a_report_needs_a_key(world: "World") -> None:
    assert world.ask("GET", "/v1/usage", key=None).status == 401


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("from=2026-02-30", "from", "must be a day that exists, written as YYYY-MM-DD"),
        ("to=yesterday", "to", "must be a day that exists, written as YYYY-MM-DD"),
        ("to=20261127", "to", "must be a day that exists, written as YYYY-MM-DD"),
        ("from=2026-11-27&to=2026-11-26", "from", "must not be after `to`, which is 2026-11-26"),
        ("from=2020-01-01&to=2026-11-26", "from", "begins a period of 2,522 days; at most 400 can be asked for at once"),
        ("by=week", "by", "must be 'day', 'model', 'key' or 'status'"),
        ("since=2026-11-01", "since", "is not a parameter of this request; its parameters are from, to, by"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_its_name(world: "World", query: str, field: str, message: str) -> None:
    said = _get(world, query)
    assert (said.status, said.json["code"], said.complaints) == (422, "invalid_request", {field})
    (complaint,) = said.json["errors"]
    assert complaint["message"] == message
    assert ("accepted" in complaint) is (field != "since")


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ("text/csv", True),
        ("text/csv, application/json;q=0.5", True),
        ("text/*", True),
        ("application/json", False),
        ("text/csv;q=0.1, application/json", False),
        ("text/csv;q=0", False),
        ("text/csv;q=x", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_csv_comes_if_it_is_preferred(world: "World", accept: str, is_csv: bool) -> None:
    said = _get(world, accept=accept)
    assert said.headers["content-type"].startswith("text/csv" if is_csv else "application/json")
    assert said.headers["vary"] == "Accept"


def test_csv_has_the_rows_of_the_json(world: "World") -> None:
    _order(world)
    rows = list(csv.DictReader(io.StringIO(_get(world, "by=model", accept="text/csv").body)))
    (shown,) = _get(world, "by=model").json["data"]
    assert rows == [{name: str(value) for name, value in shown.items()}]
