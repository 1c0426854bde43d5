"""The answers of the API gateway itself, which come before any route is reached; each has a `message` alone.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""

from collections.abc import Mapping
from typing import Any

BY_GATEWAY: Mapping[str, str] = {
    "413": "From the gateway: a body over 10 MB.",
    "429": "From the gateway: too many concurrent requests.",
    "431": "From the gateway: headers over 10 KB, with the path and the query.",
    "503": "From the gateway: the request was not forwarded.",
}
_WITH_BODY = "413"
_METHODS = ("get", "put", "post", "delete", "patch", "head")
_SCHEMA = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}
_SCHEMAS, _RESPONSES = "#/components/schemas/", "#/components/responses/"
_GATEWAY = {"$ref": f"{_SCHEMAS}GatewayAnswer"}


def gateway_answers_of(operation: Mapping[str, Any]) -> dict[str, str]:
    """Return the statuses that the gateway may answer to an operation, each with what it means."""
    return {status: about for status, about in BY_GATEWAY.items() if status != _WITH_BODY or "requestBody" in operation}


def with_gateway_answers(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a foreign API with what the gateway may answer to every operation, in addition to the API's own answers."""
    parts = document["components"]
    shared = {f"Gateway{status}": _answer(about, _GATEWAY) for status, about in BY_GATEWAY.items()}
    shared |= {f"{name}OrGateway": _beside(own) for name, own in parts.get("responses", {}).items()}
    responses = {**parts.get("responses", {}), **shared}
    paths = {name: _path(path) for name, path in document["paths"].items()}
    text = repr(paths)
    used = {name: answer for name, answer in responses.items() if repr(f"{_RESPONSES}{name}") in text}
    schemas = {**parts["schemas"], "GatewayAnswer": _SCHEMA}
    return {**document, "paths": paths, "components": {**parts, "schemas": schemas, "responses": used}}


def _path(path: dict[str, Any]) -> dict[str, Any]:
    return {name: _operation(each) if name in _METHODS else each for name, each in path.items()}


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    answers = dict(operation["responses"])
    for status in gateway_answers_of(operation):
        own = answers.get(status)
        if own is None:
            answers[status] = {"$ref": f"{_RESPONSES}Gateway{status}"}
        else:
            answers[status] = {"$ref": f"{own['$ref']}OrGateway"} if "$ref" in own else _beside(own)
    return {**operation, "responses": dict(sorted(answers.items()))}


def _beside(own: dict[str, Any]) -> dict[str, Any]:
    """Return an answer of the API that is the gateway's in other cases."""
    schema = own["content"]["application/json"]["schema"]
    return {**own, **_answer(f"{own['description']} Or from the gateway.", {"anyOf": [schema, _GATEWAY]})}


def _answer(about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": schema}}}
