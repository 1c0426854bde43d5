"""What schemathesis cannot know from the document: addresses that are taken, and what depends on what was done before."""

import uuid
from typing import Any

import schemathesis
from hypothesis import strategies as st

LONGEST_KEY = 512
KEY = "Idempotency-Key"

_PATHS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.~", max_size=40)
schemathesis.openapi.format("uri", _PATHS.map("https://assets.example.com/".__add__))


@schemathesis.hook
def before_call(_: Any, case: schemathesis.Case, __: dict[str, Any]) -> None:
    """Make a good key another one, of the same length if it is long, and give chosen events a receiver; what is wrong stays wrong."""
    key = (case.headers or {}).get(KEY)
    if isinstance(key, str) and key.strip() and len(key) <= LONGEST_KEY:
        case.headers[KEY] = key[: LONGEST_KEY - 36] + str(uuid.uuid4())
    if isinstance(case.body, dict) and case.body.get("webhook_events") and case.body.get("webhook_url") is None:
        case.body["webhook_url"] = "https://hooks.example.com/events"
