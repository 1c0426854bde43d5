"""The body of a webhook: an event with the video as the API shows it, limited to a size that receivers accept."""

import json
from typing import Any

# Standard Webhooks calls bodies "usually smaller than 20kb"; some receivers reject larger ones.
LIMIT = 20_000
# Replaces the rest of a prompt.
CUT = " [cut]"
# Left out, least important first, if cutting the prompt is not enough; the API still has everything.
_DISPENSABLE = ("warnings", "request", "metadata", "error", "video")


def body_of(kind: str, timestamp: str, data: dict[str, Any], limit: int = LIMIT, *, test: bool = False) -> bytes:
    """Return the event as JSON of at most `limit` bytes; `data.truncated` names what was cut or left out."""
    event = {"type": kind, "timestamp": timestamp, **({"test": True} if test else {}), "data": data}
    body = _encoded(event)
    if len(body) <= limit:
        return body
    shorter = _with_shorter_prompt(event, limit)
    for member in ("", *_DISPENSABLE):
        if member in shorter["data"]:
            shorter = _without(shorter, member)
        body = _encoded(shorter)
        if len(body) <= limit:
            return body
    return body


def _with_shorter_prompt(event: dict[str, Any], limit: int) -> dict[str, Any]:
    """Return the event with as much of the prompt as fits, possibly none."""
    data = event["data"]
    prompt = data.get("request", {}).get("prompt")
    if not isinstance(prompt, str):
        return {**event, "data": {**data, "truncated": []}}

    def cut(length: int) -> dict[str, Any]:
        request = {**data["request"], "prompt": prompt[:length] + CUT}
        return {**event, "data": {**data, "request": request, "truncated": ["request.prompt"]}}

    low, high = 0, len(prompt)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(_encoded(cut(middle))) <= limit else (low, middle - 1)
    return cut(low)


def _without(event: dict[str, Any], member: str) -> dict[str, Any]:
    data = {name: value for name, value in event["data"].items() if name != member}
    return {**event, "data": {**data, "truncated": [*data["truncated"], member]}}


def _encoded(event: dict[str, Any]) -> bytes:
    # A lone surrogate, which an old record may contain, has no UTF-8 encoding; a question mark replaces it.
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
