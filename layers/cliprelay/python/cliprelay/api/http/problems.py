"""Refusals as application/problem+json (RFC 9457): one place makes their bodies, and one turns pydantic's complaints into ours."""

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from cliprelay.api.http.accepted_values import values_in_words
from cliprelay.errors import FieldComplaint, Problem, invalid_request
from cliprelay.video.idempotency import LONGEST_KEY
from cliprelay.video.states import Status

PROBLEM_JSON = "application/problem+json"

_ACCEPTED_ELSEWHERE = {
    "limit": "an integer from 1 to 100",
    "after": "`next` of the page before",
    "order": "one of asc, desc",
    "status": f"one of {', '.join(Status)}",
    "Idempotency-Key": f"1 to {LONGEST_KEY} characters, not only blanks",
}


def problem_body(problem: Problem) -> dict[str, Any]:
    """The members of the answer: the standard's, the stable `code`, and each field's complaint."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.extra,
    }
    if problem.errors:
        body["errors"] = problem.errors
    return body


def problem_answer(problem: Problem) -> dict[str, Any]:
    """The answer as payload format 2.0 wants it, for refusals before any route is reached."""
    headers = {"Content-Type": PROBLEM_JSON, "Cache-Control": "no-store", **problem.headers}
    return {"statusCode": problem.status, "headers": headers, "body": json.dumps(problem_body(problem)), "isBase64Encoded": False}


def refused_input(errors: Iterable[Mapping[str, Any]], body: type[BaseModel] | None = None, also: Sequence[FieldComplaint] = ()) -> Problem:
    """All complaints about a request at once; pydantic's `input` is left out, because it repeats what was sent.

    `body` is what the body should have been, unless it is an order, whose complaints say themselves what would be accepted; `also` is
    what was found out elsewhere.
    """
    known = list(errors)
    complaints = [*(_complaint(error, body) for error in known), *also]
    fields = ", ".join(dict.fromkeys(complaint["field"] for complaint in complaints))
    if any(error["type"] == "image_too_large" for error in known):
        detail = f"An inline image may have at most 4.0 MB; send a larger one by POST /v1/uploads, or as a URL. To mend: {fields}."
        return Problem(413, "image_too_large", detail, errors=complaints)
    return invalid_request(complaints)


def _complaint(error: Mapping[str, Any], body: type[BaseModel] | None) -> FieldComplaint:
    place, *path = (str(part) for part in error["loc"])
    field = ".".join(path) or place
    if place == "header":
        field = field.title()  # as the documentation spells it; Powertools knows headers in lower case
    complaint = FieldComplaint(field=field[:200], message=_message(error, body))
    if accepted := _accepted(error, field, body if place == "body" else None):
        complaint["accepted"] = accepted
    if error["type"].startswith("image_"):
        complaint["code"] = error["type"]
    return complaint


def _accepted(error: Mapping[str, Any], field: str, body: type[BaseModel] | None) -> str | None:
    """What the field takes, in words: an order's reader says so itself, other bodies are looked up."""
    said: str | None = (error.get("ctx") or {}).get("accepted")
    return said or (values_in_words(body) if body else _ACCEPTED_ELSEWHERE).get(field)


def _message(error: Mapping[str, Any], body: type[BaseModel] | None) -> str:
    match error["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not a field of this request" + (f"; its fields are {', '.join(body.model_fields)}" if body else "")
    message = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    return message[:1].lower() + message[1:]
