"""Translation between HTTP and payload 2.0 events."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local.gateway.cors import Cors
from local.gateway.events import Request, Response, to_event, to_response

NOW = datetime(2026, 11, 22, 10, 0, 3, tzinfo=UTC)


def any_request(**changes: Any) -> Request:
    given: dict[str, Any] = {
        "method": "GET",
        "target": "/v1/videos",
        "protocol": "HTTP/1.1",
        "headers": [("host", "127.0.0.1:8787")],
        "body": b"",
        "source_ip": "127.0.0.1",
    }
    return Request(**given | changes)


def event(**changes: Any) -> dict[str, Any]:
    return to_event(any_request(**changes), "api", NOW)


def test_the_request_context_contains_method_path_protocol_and_caller() -> None:
    context = event(method="POST", headers=[("host", "h:1"), ("user-agent", "curl")])["requestContext"]
    assert context["http"] == {
        "method": "POST",
        "path": "/v1/videos",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "curl",
    }
    assert (context["domainName"], context["stage"], context["routeKey"]) == ("h:1", "$default", "$default")
    assert (context["time"], context["timeEpoch"]) == ("22/Nov/2026:10:00:03 +0000", 1795341603000)


def test_a_query_is_passed_raw_and_as_joined_parameters() -> None:
    made = event(target="/v1/videos?a=1&a=2&b=x%20y&c=")
    assert made["rawPath"] == "/v1/videos"
    assert made["rawQueryString"] == "a=1&a=2&b=x%20y&c="
    assert made["queryStringParameters"] == {"a": "1,2", "b": "x y", "c": ""}


def test_a_request_without_a_query_has_no_parameters() -> None:
    assert "queryStringParameters" not in event()


def test_the_path_is_decoded() -> None:
    assert event(target="/v1/a%20b")["rawPath"] == "/v1/a b"


def test_an_absolute_target_becomes_its_path() -> None:
    assert event(target="http://elsewhere/v1/videos?a=1")["rawPath"] == "/v1/videos"


def test_repeated_headers_are_joined_with_commas() -> None:
    assert event(headers=[("x-a", "1"), ("x-a", "2")])["headers"] == {"x-a": "1,2"}


def test_cookies_are_passed_in_a_separate_list() -> None:
    made = event(headers=[("cookie", "a=1; b=2")])
    assert made["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in made["headers"]


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "text/plain", "APPLICATION/XML"])
def test_a_body_of_a_text_type_is_passed_as_text(kind: str) -> None:
    made = event(headers=[("content-type", kind)], body="ü".encode())
    assert (made["body"], made["isBase64Encoded"]) == ("ü", False)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("content-type", "image/png")],
        [("content-type", "application/x-www-form-urlencoded")],
        [("content-type", "application/problem+json")],
        [("content-type", "application/json"), ("content-encoding", "gzip")],
    ],
)
def test_every_other_body_is_passed_as_base64(headers: list[tuple[str, str]]) -> None:
    made = event(headers=headers, body=b"abc")
    assert (made["body"], made["isBase64Encoded"]) == (base64.b64encode(b"abc").decode(), True)


def test_text_in_another_encoding_is_passed_as_base64() -> None:
    made = event(headers=[("content-type", "text/plain")], body=b"\xff")
    assert made["isBase64Encoded"] is True


def test_a_result_is_mapped_to_status_headers_cookies_and_body() -> None:
    answer = {"statusCode": 201, "headers": {"X-A": "b", "X-N": 3}, "cookies": ["c=d", "e=f"], "body": "text"}
    made = to_response(json.dumps(answer))
    assert made.status == 201
    assert made.body == b"text"
    assert [header for header in made.headers if header[0] != "content-type"] == [
        ("x-a", "b"),
        ("x-n", "3"),
        ("set-cookie", "c=d"),
        ("set-cookie", "e=f"),
    ]


def test_a_base64_result_is_decoded() -> None:
    answer = {"statusCode": 200, "body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True}
    assert to_response(json.dumps(answer)).body == b"\x00\xff"


def test_a_result_without_a_status_becomes_the_body() -> None:
    made = to_response('{"a": 1}')
    assert (made.status, made.body, dict(made.headers)["content-type"]) == (200, b'{"a": 1}', "application/json")


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "many"},
        {"statusCode": 99},
        {"statusCode": 200, "body": 5},
        {"statusCode": 200, "headers": {"x": "a\r\nb: c"}},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
    ],
)
def test_an_invalid_result_is_an_internal_error(answer: dict[str, Any]) -> None:
    made = to_response(json.dumps(answer))
    assert (made.status, json.loads(made.body)) == (500, {"message": "Internal Server Error"})


def test_an_allowed_origin_gets_the_gateways_cors_headers() -> None:
    cors = Cors({"allowOrigins": ["https://app"], "allowMethods": ["GET"], "exposeHeaders": ["location"], "maxAge": 9})
    own = Response(200, [("access-control-allow-origin", "*"), ("x", "y")], b"")
    request = any_request(headers=[("origin", "https://app")])
    assert cors.apply(request, own).headers == [
        ("x", "y"),
        ("access-control-allow-origin", "https://app"),
        ("access-control-expose-headers", "location"),
    ]
    preflight = any_request(method="OPTIONS", headers=[("origin", "https://app")])
    assert ("access-control-allow-methods", "GET") in cors.apply(preflight, own).headers
    assert ("access-control-max-age", "9") in cors.apply(preflight, own).headers


def test_cors_headers_are_removed_for_other_origins() -> None:
    cors = Cors({"allowOrigins": ["https://app"]})
    request = any_request(headers=[("origin", "https://elsewhere")])
    assert cors.apply(request, Response(200, [("x", "y")], b"")).headers == [("x", "y")]


def test_without_cors_settings_the_functions_headers_stay_unchanged() -> None:
    own = Response(200, [("access-control-allow-origin", "*")], b"")
    assert Cors({"allowOrigins": [""]}).apply(any_request(), own) == own
