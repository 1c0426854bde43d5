"""Bodies become fields: brackets become objects and lists, and each name stands once."""

from typing import Any

import pytest

from cliprelay.api.http.request import Request
from cliprelay.api.openai.body import Body, read_body
from cliprelay.errors import Refusal
from cliprelay.tenants.api_keys import Identity
from tests.support.makers import request_event
from tests.support.openai_calls import form


def read(fields: Any) -> Body:
    body, headers = form(fields)
    return read_raw(body, headers["content-type"])


def read_raw(body: bytes, content_type: str = "application/json") -> Body:
    event = request_event("POST", "/openai/v1/videos", body=body, headers={"content-type": content_type})
    return read_body(Request(event, identity=Identity("acme"), path={}, query={}, raw=body))


def test_texts_files_objects_and_lists_of_a_form() -> None:
    said = read([("a", "1"), ("f", ("n", b"\x89", "x/y")), ("m[k]", "v"), ("m[l]", "w"), ("e[]", "1"), ("e[]", "2")])
    assert said == Body({"a": "1", "f": b"\x89", "m": {"k": "v", "l": "w"}, "e": ["1", "2"]}, True, ())


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ([("a", "1"), ("a", "2")], "a"),
        ([("m[k]", "1"), ("m[k]", "2")], "m[k]"),
        ([("m", "1"), ("m[k]", "2")], "m[k]"),
        ([("m[k]", "1"), ("m[]", "2")], "m[]"),
        ([("m[]", "1"), ("m[k]", "2")], "m[k]"),
        ([("a", b"\xff")], "a"),
        ([("a", "\x00")], "a"),
    ],
)
def test_what_has_two_meanings_or_is_no_text_is_a_complaint(fields: Any, name: str) -> None:
    assert [each["field"] for each in read(fields).complaints] == [name]


def test_deeper_brackets_are_a_name_of_their_own() -> None:
    assert read([("a[b][c]", "1")]).fields == {"a[b][c]": "1"}


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8", ""])
def test_json_keeps_its_types(content_type: str) -> None:
    assert read_raw(b'{"a": 1, "b": "1", "c": null}', content_type) == Body({"a": 1, "b": "1", "c": None})


@pytest.mark.parametrize("body", [b"", b" ", b"{", b"\xff", b'{"a": 1, "a": 2}'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal, match="malformed_json"):
        read_raw(body)
