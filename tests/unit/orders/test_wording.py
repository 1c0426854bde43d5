"""Errors are said in the words of the client's JSON: characters, items and pairs, strings, arrays and objects."""

from typing import Any

import pytest

from cliprelay.catalog.seedance_1_5 import PROMPT
from cliprelay.errors import Refusal
from tests.support.makers import any_body, read_order

SAID: list[tuple[str, Any, str]] = [
    ("prompt", "x" * (PROMPT.most + 1), f"must have at most {PROMPT.most:,} characters; it has {PROMPT.most + 1:,}"),
    ("prompt", "🌊" * (PROMPT.most + 2), f"must have at most {PROMPT.most:,} characters; it has {PROMPT.most + 2:,}"),
    ("prompt", 5, "must be a string"),
    ("prompt", ["a"], "must be a string"),
    ("prompt", " ", "must not be blank: it has no visible character"),
    ("metadata", {"k": "v" * 501}, "must have at most 500 characters; it has 501"),
    ("metadata", {"k" * 65: "v"}, "must have at most 64 characters; it has 65"),
    ("metadata", {"": "v"}, "must have at least 1 character"),
    ("metadata", {"k": 1}, "must be a string"),
    ("metadata", [], "must be an object"),
    ("webhook_events", [], "must have at least 1 item"),
    ("webhook_events", "video.failed", "must be an array"),
    ("watermark", 1, "must be true or false"),
    ("duration", "5", "must be an integer"),
    ("duration", 3, "must be greater than or equal to 4"),
    ("fps", 24.5, "must be an integer"),
    ("ratio", "16:10", "must be '16:9', '4:3', '1:1', '3:4', '9:16', '21:9' or 'adaptive'"),
]


@pytest.mark.parametrize(("field", "value", "message"), SAID)
def test_an_error_is_said_in_the_clients_words(field: str, value: Any, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_order(any_body() | {field: value})
    assert [complaint["message"] for complaint in caught.value.complaints] == [message]
