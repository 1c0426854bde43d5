"""What schemathesis cannot know from the document: addresses that are taken, and what depends on what was done before."""

import uuid
from typing import Any

import schemathesis
from hypothesis import strategies as st

LONGEST_KEY = 512
KEY = "Idempotency-Key"
HOOK = "https://hooks.example.com/events"
URL_HEADER, EVENTS_HEADER = "X-ClipRelay-Webhook-Url", "X-ClipRelay-Webhook-Events"

IMAGES = ("image", "last_image")
PICTURE = "https://assets.example.com/lighthouse.png"
VIDEO = "/v1/links/"
_PATHS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.~", max_size=40)
schemathesis.openapi.format("uri", _PATHS.map("https://assets.example.com/".__add__))


@schemathesis.hook
def before_call(_: Any, case: schemathesis.Case, __: dict[str, Any]) -> None:
    """Make a good key another one, of the same length if it is long, and give chosen events a receiver; what is wrong stays wrong."""
    key = (case.headers or {}).get(KEY)
    if isinstance(key, str) and key.strip() and len(key) <= LONGEST_KEY:
        case.headers[KEY] = key[: LONGEST_KEY - 36] + str(uuid.uuid4())
    if isinstance(case.body, dict) and case.body.get("webhook_events") and case.body.get("webhook_url") is None:
        case.body["webhook_url"] = HOOK
    if isinstance(case.body, dict):
        # The address of a video in one answer is tried as a picture in the next request.
        case.body.update({name: PICTURE for name, value in case.body.items() if name in IMAGES and VIDEO in str(value)})
    _settle_webhook(case)


def _settle_webhook(case: schemathesis.Case) -> None:
    """Leave one webhook of the two that an order through MyRouter's API may name, and give chosen events one."""
    headers = case.headers
    if not headers or not {URL_HEADER, EVENTS_HEADER} & {*headers}:
        return
    extra = case.body.get("extra") if isinstance(case.body, dict) else None
    webhook = extra.get("webhook") if isinstance(extra, dict) else None
    if isinstance(webhook, dict) and webhook.get("url") is not None:
        headers.pop(URL_HEADER, None)
    elif URL_HEADER not in headers:
        headers[URL_HEADER] = HOOK
