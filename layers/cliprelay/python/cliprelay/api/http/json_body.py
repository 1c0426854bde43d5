"""Bodies of foreign APIs that must be JSON objects, read from the bytes as they were sent."""

from typing import Any

from cliprelay.api.http.preconditions import check_content_type
from cliprelay.api.http.request import Request
from cliprelay.api.http.strict_json import parse
from cliprelay.errors import Refusal


def json_object(asking: Request) -> dict[str, Any]:
    """Parse the body of a request; raises Refusal for anything but one JSON object in UTF-8."""
    check_content_type(asking.header("content-type") or "")
    try:
        text = asking.raw.decode()
    except UnicodeDecodeError:
        raise Refusal("malformed_json", "The body is not JSON: it is not UTF-8.") from None
    if not text or text.isspace():
        raise Refusal("malformed_json", "The body is empty; it must be a JSON object.")
    body: dict[str, Any] = parse(text)
    return body
