"""A response of a route, in payload format 2.0."""

import json
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any

# Responses contain a tenant's private data, and links that act as credentials.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class Answer:
    """A status, headers and a body, which is a text or is sent as JSON."""

    def __init__(self, status: int, headers: Mapping[str, str], body: str | Mapping[str, Any] = "") -> None:
        self.status, self.headers, self.body = int(status), headers, body

    def event(self) -> dict[str, Any]:
        """Build what the function returns to the gateway."""
        body = self.body if isinstance(self.body, str) else json.dumps(self.body, separators=(",", ":"), default=_encode)
        return {"statusCode": self.status, "body": body, "isBase64Encoded": False, "headers": dict(self.headers), "cookies": []}


def json_answer(body: Mapping[str, Any], status: int = HTTPStatus.OK, **headers: str) -> Answer:
    """Build a JSON response that must not be cached."""
    return Answer(status, {**PRIVATE, **headers, "Content-Type": "application/json"}, body)


def _encode(value: object) -> str:
    """Write the decimals of a record as text, so that none is rounded."""
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
