"""A body that must be one JSON object."""

from typing import Any

import pytest

from cliprelay.api.http.json_body import json_object
from cliprelay.api.http.request import Request
from cliprelay.errors import Refusal
from cliprelay.tenants.api_keys import Identity
from tests.support.makers import request_event


def read(raw: bytes, content_type: str | None = "application/json") -> dict[str, Any]:
    event = request_event("POST", "/other", headers={} if content_type is None else {"content-type": content_type})
    return json_object(Request(event, identity=Identity("acme"), path={}, query={}, raw=raw))


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON", "", None])
def test_an_object_is_read_under_its_type_or_without_one(content_type: str | None) -> None:
    assert read('{"a": "é"}'.encode(), content_type) == {"a": "é"}


@pytest.mark.parametrize(
    ("raw", "content_type", "code"),
    [
        (b"{}", "multipart/form-data; boundary=x", "unsupported_media_type"),
        (b"{}", "application/x-www-form-urlencoded", "unsupported_media_type"),
        (b"", "application/json", "malformed_json"),
        (b" \n", "application/json", "malformed_json"),
        (b"\xff\xfe", "application/json", "malformed_json"),
        (b'{"a": 1, "a": 2}', "application/json", "malformed_json"),
        (b"[]", "application/json", "invalid_request"),
    ],
)
def test_anything_else_is_refused(raw: bytes, content_type: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        read(raw, content_type)
