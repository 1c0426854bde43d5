"""A route with a key accepts the query parameters that it declares, each once; links and documentation accept any."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.states import Status
from tests.support.makers import any_body, any_video, data_uri

if TYPE_CHECKING:
    from tests.support.world import World

DOCUMENT: dict[str, Any] = json.loads(Path("docs/reference/openapi.json").read_text())
OPERATIONS = [(method.upper(), path, made) for path, item in DOCUMENT["paths"].items() for method, made in item.items()]
LOCKED = [(method, path) for method, path, made in OPERATIONS if made.get("security") != []]
OPEN = [(method, path) for method, path, made in OPERATIONS if made.get("security") == []]


def _ask(world: "World", method: str, path: str, query: str, **request: Any) -> Any:
    place = path.format(video_id=any_video().id, model="seedance-v1.5-pro-i2v", token=f"{any_video().id}.{'A' * 43}")
    body = {"POST /v1/videos": any_body(), "POST /v1/quotes": any_body(), "POST /v1/uploads": {"content_type": "image/png", "bytes": 5}}
    body["PUT /v1/webhook"] = {"url": None}
    return world.ask(method, place, query=query, **{"body": body.get(f"{method} {path}"), **request})


@pytest.mark.parametrize(("method", "path"), LOCKED)
def test_every_route_with_a_key_refuses_an_unknown_parameter_by_name_and_does_nothing(world: "World", method: str, path: str) -> None:
    world.put(any_video())
    before = world.items()
    said = _ask(world, method, path, "utm_source=mail&dry_run=true&utm_source=x")
    assert (said.status, said.json["code"]) == (422, "invalid_request")
    assert [each["field"] for each in said.json["errors"]] == ["utm_source", "dry_run"]
    assert said.json["errors"][0]["message"].startswith("is not a parameter of this request")
    assert (world.items(), world.started(), world.objects()) == (before, [], [])


@pytest.mark.parametrize(("method", "path"), LOCKED)
def test_a_wrong_key_is_reported_before_the_query(world: "World", method: str, path: str) -> None:
    assert _ask(world, method, path, "utm_source=mail", key="clr_wrong").status == 401


@pytest.mark.parametrize(("method", "path"), [*OPEN, ("GET", "/docs"), ("GET", "/openapi.json")])
def test_links_and_documentation_accept_what_mail_programs_add(world: "World", method: str, path: str) -> None:
    world.put(any_video(status=Status.SUCCEEDED, object_key="videos/acme/a.mp4", link="A" * 43))
    said = _ask(world, method, path, "utm_source=mail&fbclid=x&fbclid=y&=&limit=1_0", key=None)
    assert said.status == (302 if "links" in path else 200)


@pytest.mark.parametrize(
    "limit",
    [
        "1_0",
        "1.0",
        "%201",
        "1%20",
        "+1",
        "%2B1",
        "01",
        "1e1",
        "0x1",
        "%D9%A3",
        "%EF%BC%93",
        "1%0A",
        "1%00",
        "",
        "-0",
        "1,2",
        "--1",
        "\u00b2",
    ],
)
def test_a_number_in_other_than_plain_digits_is_refused_with_the_accepted_ones(world: "World", limit: str) -> None:
    said = world.ask("GET", "/v1/videos", query=f"limit={limit}")
    assert (said.status, said.complaints) == (422, {"limit"})
    assert said.json["errors"][0]["accepted"] == "an integer from 1 to 100"
    assert len(said.json["errors"]) == 1


@pytest.mark.parametrize("query", ["limit=1", "limit=100", "l%69mit=1", "limit=%31", "&&limit=1&", "limit=5&order=asc&status=queued"])
def test_known_parameters_in_any_encoding_are_accepted(world: "World", query: str) -> None:
    assert world.ask("GET", "/v1/videos", query=query).status == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=1&limit=1", "limit"),
        ("limit=1&limit=2", "limit"),
        ("order=asc&order=asc", "order"),
        ("status=queued&status=failed", "status"),
        ("status=queued,failed", "status"),
        ("after=vid_01KAN3J9M4S9A5XH7W2T0QZ8RB&after=vid_01KAN3J9M4S9A5XH7W2T0QZ8RC", "after"),
        ("status=", "status"),
        ("order=", "order"),
        ("after=", "after"),
        ("limit", "limit"),
        ("Limit=1", "Limit"),
        ("limit[]=1", "limit[]"),
        ("=1", ""),
        ("x" * 5_000, "x" * 200),
    ],
)
def test_a_parameter_is_sent_once_with_a_value_under_its_exact_name(world: "World", query: str, field: str) -> None:
    said = world.ask("GET", "/v1/videos", query=query)
    assert (said.status, [each["field"] for each in said.json["errors"]]) == (422, [field])


@pytest.mark.parametrize("query", ["limit=1&limit=1", "order=asc&order=desc", "status=queued&status=queued"])
def test_a_repeated_parameter_is_refused_because_it_is_repeated(world: "World", query: str) -> None:
    assert [each["message"] for each in world.ask("GET", "/v1/videos", query=query).json["errors"]] == ["must be sent once"]


@pytest.mark.parametrize(("query", "answer"), [("", (404, "not_found")), ("page=2", (422, "invalid_request"))])
def test_a_query_is_refused_before_a_path_that_can_name_nothing(world: "World", query: str, answer: tuple[int, str]) -> None:
    said = world.ask("GET", '/v1/videos/"quoted"', query=query)
    assert (said.status, said.json["code"]) == answer


@pytest.mark.parametrize("digits", ["9" * 30, "9" * 4_301])
def test_a_number_of_any_length_is_compared_and_never_an_error(world: "World", digits: str) -> None:
    assert world.ask("GET", "/v1/videos", query=f"limit={digits}").complaints == {"limit"}


def test_every_complaint_about_a_query_is_listed_at_once(world: "World") -> None:
    said = world.ask("GET", "/v1/videos", query="limit=1_0&order=up&page=2&status=queued&status=queued")
    assert (said.status, said.complaints) == (422, {"limit", "order", "page", "status"})
    assert len(said.json["errors"]) == 4


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/videos", any_body(duration=99)),
        ("/v1/quotes", any_body(duration=99)),
        ("/v1/videos", any_body(webhook_url="https://hooks.example.com/a", image=data_uri(b"x"), duration=99)),
        ("/v1/uploads", {"content_type": "image/png", "duration": 99}),
    ],
)
def test_complaints_about_the_query_and_the_body_are_listed_together(world: "World", path: str, body: dict[str, Any]) -> None:
    said = world.ask("POST", path, query="sandbox=1", body=body)
    assert said.status == 422
    assert said.complaints >= {"sandbox", "duration"}


def test_a_valid_order_with_an_unknown_parameter_records_nothing_whatever_its_key(world: "World") -> None:
    headers = {"Idempotency-Key": "order-7"}
    assert world.ask("POST", "/v1/videos", query="dry_run=1", body=any_body(), headers=headers).complaints == {"dry_run"}
    assert world.items() == []
    assert world.ask("POST", "/v1/videos", body=any_body(), headers=headers).status == 202
    assert world.ask("POST", "/v1/videos", query="dry_run=1", body=any_body(), headers=headers).status == 422


@pytest.mark.parametrize(("method", "path"), LOCKED)
def test_every_route_with_a_key_documents_this_refusal(method: str, path: str) -> None:
    answer = DOCUMENT["paths"][path][method.lower()]["responses"]["422"]
    assert "`invalid_request`" in answer["description"]
