"""Hostile HTTP and JSON get a problem with a stable code, and nothing is recorded."""

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cliprelay.api.http.error_codes import CODES
from cliprelay.api.http.strict_json import EXACT, MOST_VALUES, parse
from cliprelay.errors import Refusal
from tests.support.makers import any_body, any_video, request_event

if TYPE_CHECKING:
    from tests.support.api_response import ApiResponse
    from tests.support.world import World

# All examples of a test share one world, so none may store anything in it.
HARD = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

VIDEO = f"/v1/videos/{any_video().id}"
POSTS = st.sampled_from(["/v1/videos", "/v1/quotes", "/v1/uploads"])


def _is_refused(said: "ApiResponse") -> None:
    assert 400 <= said.status < 500, said.body
    assert said.headers["content-type"] == "application/problem+json"
    assert CODES[said.json["code"]].status == said.status == said.json["status"]


# JSON

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3))
_TOKENS = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    '"a"',
    "NaN",
    "-Infinity",
    "1e999",
    "-",
    "1e-999",
    "\\ud800",
    '"\\u0000"',
    "\ufeff",
    "\x00",
    " ",
]
_BROKEN = st.lists(st.sampled_from(_TOKENS), max_size=12).map("".join)
_DEEP = st.builds(
    lambda token, times: token * times, st.sampled_from(["[", '{"a":', "[[],", "[{},"]), st.sampled_from([33, 1_000, 100_000])
)
_NUMBERS = st.sampled_from(["9" * 5_000, "1e400", "-1e400", "1e999999999", "0." + "1" * 5_000, "1E+309", "1" + "0" * 309 + ".0"])


@HARD
@given(path=POSTS, body=_BROKEN | _DEEP | _VALUES.map(json.dumps))
def test_any_body_that_is_not_an_order_is_refused_and_stores_nothing(world: "World", path: str, body: str) -> None:
    _is_refused(world.ask("POST", path, body=body))
    assert world.items() == []


@HARD
@given(name=st.sampled_from(["duration", "seed", "prompt", "metadata", "nonsense"]), number=_NUMBERS)
def test_numbers_of_any_size_are_refused_cleanly(world: "World", name: str, number: str) -> None:
    body = json.dumps(any_body())[:-1] + f', "{name}": {number}}}'
    _is_refused(world.ask("POST", "/v1/quotes", body=body))


def _said_of(body: str) -> str:
    try:
        return {dict: "object"}[type(parse(body))]
    except Refusal as refusal:
        return refusal.code


@HARD
@given(body=_VALUES.map(json.dumps), changes=st.lists(st.tuples(st.integers(0, 60), st.characters(max_codepoint=0x2FF)), max_size=4))
def test_a_body_parses_to_an_object_or_is_refused_as_a_problem(body: str, changes: list[tuple[int, str]]) -> None:
    for place, letter in changes:
        body = body[:place] + letter + body[place + 1 :]
    assert _said_of(body) in ("object", "malformed_json", "invalid_request")


@given(number=st.integers(-EXACT + 1, EXACT - 1))
def test_an_integer_has_the_same_value_in_every_notation(number: int) -> None:
    for written in (str(number), f"{number}.0", f"{number}.000e0"):
        value = parse(f'{{"a": {written}}}')["a"]
        assert (value, type(value)) == (number, int)


def test_an_order_accepts_integers_written_as_floats(world: "World") -> None:
    body = json.dumps(any_body(duration=5)).replace('"duration": 5', '"duration": 5.0')
    assert world.ask("POST", "/v1/videos", body=body).json["request"]["duration"] == 5


@pytest.mark.parametrize("number", ["4.5", "1e400", "-1e400", "1e999999999", "5.0000000001"])
def test_a_fraction_is_refused_in_an_integer_field(world: "World", number: str) -> None:
    body = json.dumps(any_body(duration=5)).replace('"duration": 5', f'"duration": {number}')
    _is_refused(world.ask("POST", "/v1/videos", body=body))
    assert world.items() == []


_MANY = {f"f{number}": 1 for number in range(20_000)}


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/v1/videos", any_body() | _MANY, "body"),
        ("POST", "/v1/quotes", any_body(webhook_events=[1] * 20_000), "webhook_events"),
        ("POST", "/v1/quotes", any_body(metadata=_MANY), "metadata"),
        ("POST", "/v1/quotes", any_body(duration=[[[]]] * 20_000), "duration"),
        ("POST", "/v1/quotes", [any_body()] * 20_000, "body"),
        ("POST", "/v1/uploads", _MANY, "body"),
        ("PUT", "/v1/webhook", {"events": [1] * 20_000}, "events"),
    ],
)
def test_too_many_values_are_refused_with_a_single_error(world: "World", method: str, path: str, body: object, field: str) -> None:
    said = world.ask(method, path, body=body)
    _is_refused(said)
    assert (said.complaints, len(said.json["errors"])) == ({field}, 1)
    assert world.items() == []


def test_the_longest_refusal_fits_into_one_response(world: "World") -> None:
    # Letters that JSON escapes to twelve bytes, escaped again in the function's response; image and prompt count too.
    names = [chr(0x1F300 + number) * 200 for number in range(MOST_VALUES - 2)]
    answer = world.front().answer(request_event("POST", "/v1/quotes", key=world.key, body=any_body() | dict.fromkeys(names, 1)), None)
    assert len(json.loads(answer["body"])["errors"]) == len(names)
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    assert len(json.dumps(answer)) < 6 * 1024 * 1024


@HARD
@given(raw=st.binary(max_size=40) | st.sampled_from([json.dumps(any_body()).encode(name) for name in ("utf-16", "utf-32", "utf-8-sig")]))
def test_any_bytes_in_base64_are_refused_unless_they_are_an_order(world: "World", raw: bytes) -> None:
    event = request_event("POST", "/v1/videos", key=world.key, body=base64.b64encode(raw).decode()) | {"isBase64Encoded": True}
    answer = world.front().answer(event, None)
    assert 400 <= answer["statusCode"] < 500
    assert world.items() == []


@HARD
@given(text=st.text(max_size=40))
def test_broken_base64_is_refused(world: "World", text: str) -> None:
    event = request_event("POST", "/v1/videos", key=world.key, body=text) | {"isBase64Encoded": True}
    assert world.front().answer(event, None)["statusCode"] == 400


# Paths, queries and headers

_PARTS = st.sampled_from(
    ["", ".", "..", "%2F", "%2e%2e", "\\", "\n", "\x00", "ä", "\U0001f3ac", "v1", "videos", "a" * 3_000, any_video().id, "é\r\nX: y"]
)


@HARD
@given(parts=st.lists(_PARTS | st.text(max_size=12), max_size=4), tail=st.sampled_from(["", "/content", "/links", "/deliveries"]))
def test_no_path_breaks_the_routes(world: "World", parts: list[str], tail: str) -> None:
    for first in ("/v1/videos/", "/v1/models/", "/v1/links/", "/"):
        path = first + "/".join(parts) + tail
        said = world.ask("GET", path)
        if said.status != 200 and path != "/":  # which leads to the console
            _is_refused(said)


@pytest.mark.parametrize("odd", ["\x9b", "ä", "\U0001f3ac", "a" * 3_000, '"', "vid_%0A", "vid_" + "0" * 27])
@pytest.mark.parametrize("path", ["/v1/videos/{}", "/v1/videos/{}/content", "/v1/videos/{}/deliveries", "/v1/links/{}", "/v1/models/{}"])
def test_an_impossible_id_gets_404(world: "World", path: str, odd: str) -> None:
    said = world.ask("GET", path.format(odd))
    assert (said.status, said.json["code"]) == (404, "not_found")


_QUERY_VALUES = st.text(max_size=20) | st.sampled_from(["1,1", "asc,desc", "-1", "1e9", "9" * 5_000, "vid_", "\x00", "NaN", ""])


@HARD
@given(query=st.dictionaries(st.sampled_from(["limit", "after", "order", "status", "nonsense"]), _QUERY_VALUES, max_size=4))
def test_no_query_breaks_the_list(world: "World", query: dict[str, str]) -> None:
    said = world.ask("GET", "/v1/videos", query=query)
    if said.status != 200:
        _is_refused(said)


_HOSTILE = ["x" * 9_000, "wait=" + "9" * 5_000, "wait=1, wait=2", "a\r\nX-Other: b", "\x00", "é"]
_HEADER_VALUES = st.text(max_size=30) | st.sampled_from(_HOSTILE)


@HARD
@given(headers=st.dictionaries(st.sampled_from(["Idempotency-Key", "Prefer", "Content-Type", "Authorization", "Origin"]), _HEADER_VALUES))
def test_no_header_breaks_an_order_or_is_echoed(world: "World", headers: dict[str, str]) -> None:
    said = world.ask("POST", "/v1/quotes", body=any_body(), headers=headers)
    if said.status != 200:
        _is_refused(said)
    assert all("\n" not in value and "\r" not in value for value in said.headers.values())


def test_a_rejected_request_reads_at_most_its_api_key(world: "World") -> None:
    asked: list[str] = []

    def identify(key: str) -> Any:
        asked.append(key)
        return world.keys.identify(key)

    nothing: Any = None
    front = world.front(identify=identify, videos=nothing, store=nothing, intake=nothing)
    for body in ("[" * 100_000, "9" * 5_000, '{"a": 1, "a": 2}', "\ufeff{}"):
        _is_refused(world.ask("POST", "/v1/videos", body=body, front=front))
    assert asked == [world.key] * 4
