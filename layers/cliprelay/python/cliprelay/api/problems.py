"""Refusals as application/problem+json (RFC 9457): one place makes their bodies, and one turns pydantic's complaints into ours."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from cliprelay.errors import FieldComplaint, Problem
from cliprelay.intents import LONGEST_KEY
from cliprelay.order import VideoOrder
from cliprelay.states import Status

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


def refused_input(errors: Iterable[Mapping[str, Any]], model: type[BaseModel] = VideoOrder) -> Problem:
    """All complaints about a request at once, whose body is a `model`; pydantic's `input` is left out, because it repeats what was sent."""
    known = list(errors)
    complaints = [_complaint(error, model) for error in known]
    fields = ", ".join(dict.fromkeys(complaint["field"] for complaint in complaints))
    if any(error["type"] == "image_too_large" for error in known):
        detail = f"An inline image may have at most 4.0 MB; send a larger one by POST /v1/uploads, or as a URL. To mend: {fields}."
        return Problem(413, "image_too_large", detail, errors=complaints)
    return Problem(
        422, "invalid_request", f"The request cannot be used as it is; nothing was recorded. To mend: {fields}.", errors=complaints
    )


def _complaint(error: Mapping[str, Any], model: type[BaseModel]) -> FieldComplaint:
    place, *path = (str(part) for part in error["loc"])
    field = ".".join(path) or place
    if place == "header":
        field = field.title()  # as the documentation spells it; Powertools knows headers in lower case
    complaint = FieldComplaint(field=field[:200], message=_message(error, model))
    if accepted := (_accepted(model) if place == "body" else _ACCEPTED_ELSEWHERE).get(field):
        complaint["accepted"] = accepted
    if error["type"].startswith("image_"):
        complaint["code"] = error["type"]
    return complaint


def _message(error: Mapping[str, Any], model: type[BaseModel]) -> str:
    match error["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return f"is not a field of this request; its fields are {', '.join(model.model_fields)}"
    message = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    return message[:1].lower() + message[1:]


@cache
def _accepted(model: type[BaseModel]) -> dict[str, str]:
    """What each field of a body takes, in words, from the schema that the documentation shows too."""
    properties = model.model_json_schema()["properties"]
    return {name: _in_words(_simple(schema)) for name, schema in properties.items()}


def _simple(schema: dict[str, Any]) -> dict[str, Any]:
    return next((part for part in schema.get("anyOf", []) if part.get("type") != "null"), schema) | {
        key: value for key, value in schema.items() if key == "description"
    }


def _in_words(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if "const" in schema:
        return str(schema["const"])
    if "minimum" in schema:
        return f"an integer from {schema['minimum']} to {schema['maximum']}"
    if schema.get("type") == "boolean":
        return "true or false"
    return str(schema.get("description", schema.get("type", "")))
