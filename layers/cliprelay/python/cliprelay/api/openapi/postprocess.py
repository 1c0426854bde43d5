"""Convert the OpenAPI document that Powertools generates to the one that is published."""

from collections.abc import Iterator, Set
from typing import Any

from cliprelay.api.http.gateway_answers import gateway_answers_of
from cliprelay.api.http.schemas import GatewayAnswer, ProblemAnswer

REF = "#/components/schemas/{model}"

# Operations that accept a video id, and those that return a video.
_ABOUT_A_VIDEO = (
    *("getVideo", "cancelVideo", "deleteVideo", "getContent", "headContent"),
    *("listDeliveries", "sendAgain", "revokeLinks"),
)
_WITH_A_VIDEO = ("createVideo", "getVideo")

_GATEWAY_CONTENT = {"application/json": {"schema": {"$ref": REF.format(model="GatewayAnswer")}}}


def finished(document: dict[str, Any], public: Set[str]) -> dict[str, Any]:
    """Sort the paths, drop Powertools' own 422, mark `public` paths and add the gateway's responses."""
    document["paths"] = dict(sorted(document["paths"].items()))
    for path, method, operation in _operations(document):
        _finish(operation, method)
        if path in public:
            operation["security"] = []
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        schemas.pop(name, None)
    for model in (ProblemAnswer, GatewayAnswer):
        made = model.model_json_schema(ref_template=REF)
        schemas |= {**made.pop("$defs", {}), model.__name__: made}
    document["components"]["schemas"] = _without_number_const(dict(sorted(schemas.items())))
    return document


def whole_numbers(value: Any) -> Any:
    """Replace 12.0 with 12, because Powertools reads every bound as a float."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: whole_numbers(inner) for name, inner in value.items()}
        case list():
            return [whole_numbers(inner) for inner in value]
    return value


def _without_number_const(value: Any) -> Any:
    """Replace `const: 24` with `enum: [24]`: a public generator turns the former into `24and`, a syntax error from Python 3.12."""
    if isinstance(value, list):
        return [_without_number_const(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    made = {name: _without_number_const(inner) for name, inner in value.items()}
    return {"enum": [made.pop("const")], **made} if type(made.get("const")) is int else made


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _finish(operation: dict[str, Any], method: str) -> None:
    answers = operation["responses"]
    if "HTTPValidationError" in repr(answers.get("422")):
        del answers["422"]
    for status, text in gateway_answers_of(operation).items():
        kept = answers.setdefault(status, {"description": text})
        kept["content"] = {**kept.get("content", {}), **_GATEWAY_CONTENT}
    for status, answer in answers.items():
        if status.startswith("3") or method == "head":
            answer.pop("content", None)
        if not answer.get("headers"):
            answer.pop("headers", None)
        if operation["operationId"] in _WITH_A_VIDEO and status.startswith("2"):
            answer["links"] = _links(operation["operationId"])
    operation["responses"] = dict(sorted(answers.items()))
    for parameter in operation.get("parameters", []):
        parameter["schema"] = _without_null(parameter["schema"])
        if parameter["in"] == "header":
            parameter["name"] = parameter["name"].title()  # Powertools lowercases header names


def _links(asked: str) -> dict[str, Any]:
    """Build OpenAPI links from a video to the operations that accept its id: https://spec.openapis.org/oas/v3.1.1.html#link-object."""
    video_id = {"video_id": "$response.body#/id"}
    return {name: {"operationId": name, "parameters": video_id} for name in _ABOUT_A_VIDEO if name != asked}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Remove null from a parameter's schema: it can be omitted, but not sent as null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**kinds[0], **{name: value for name, value in schema.items() if name != "anyOf"}}
