"""Refusals as application/problem+json (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from cliprelay.api.http.answers import Answer
from cliprelay.api.http.error_codes import CODES
from cliprelay.api.http.moments import MOMENT_FORM
from cliprelay.errors import FieldComplaint, Refusal
from cliprelay.tenants.usage import WAYS
from cliprelay.video.idempotency import KEY_FORM
from cliprelay.video.states import Status

PROBLEM_JSON = "application/problem+json"

_PARAMETERS = {
    "limit": "an integer from 1 to 100",
    "after": "`next` of the previous page",
    "order": "one of asc, desc",
    "by": f"one of {', '.join(WAYS)}",
    "status": f"one of {', '.join(Status)}",
    "ids": "up to 100 video ids, separated by commas",
    "from": MOMENT_FORM,
    "to": MOMENT_FORM,
    "idempotency_key": KEY_FORM,
}


class HttpRefusal(Refusal):
    """An HTTP-specific refusal, with the headers that its status requires."""

    def __init__(self, code: str, detail: str, headers: Mapping[str, str]) -> None:
        super().__init__(code, detail)
        self.headers = dict(headers)


def problem_body(refusal: Refusal) -> dict[str, Any]:
    """Build the body: the standard's members, the stable `code` and the field errors."""
    status = CODES[refusal.code].status
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": refusal.code,
        "detail": refusal.detail,
        **refusal.facts,
    }
    return body | ({"errors": refusal.complaints} if refusal.complaints else {})


def problem_headers(refusal: Refusal) -> dict[str, str]:
    """Build the headers, except the content type."""
    waiting = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return {"Cache-Control": "no-store", **waiting, **(refusal.headers if isinstance(refusal, HttpRefusal) else {})}


def problem_event(refusal: Refusal) -> dict[str, Any]:
    """Build the response in payload format 2.0, for refusals before routing."""
    body, headers = problem_body(refusal), {"Content-Type": PROBLEM_JSON, **problem_headers(refusal)}
    return {"statusCode": body["status"], "headers": headers, "body": json.dumps(body), "isBase64Encoded": False}


def problem_answer(refusal: Refusal) -> Answer:
    """Build the response for the routes."""
    body = problem_body(refusal)
    return Answer(body["status"], {**problem_headers(refusal), "Content-Type": PROBLEM_JSON}, json.dumps(body))


def with_accepted(query: Sequence[FieldComplaint]) -> list[FieldComplaint]:
    """Add to complaints about a query what each parameter accepts."""
    return [{**each, "accepted": _PARAMETERS[each["field"]]} if _is_open(each) else each for each in query]


def _is_open(complaint: FieldComplaint) -> bool:
    """Report whether a complaint does not yet say what is accepted, and the name alone tells."""
    return "accepted" not in complaint and complaint["field"] in _PARAMETERS
