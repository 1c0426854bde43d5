"""The OpenAPI document of the provider's own asynchronous API, written from the catalog."""

from typing import Any

from cliprelay.api.http.gateway_answers import with_gateway_answers
from cliprelay.api.myrouter.errors import IMAGE_REASONS, INVALID, TABLE
from cliprelay.api.myrouter.order import EVENTS_HEADER, URL_HEADER
from cliprelay.catalog.model import Field, Kind, Model
from cliprelay.catalog.registry import Offer
from cliprelay.faces.myrouter import WORDS
from cliprelay.net.urls import MAX_LENGTH
from cliprelay.orders.visible_text import SEEN
from cliprelay.version import VERSION
from cliprelay.video.idempotency import KEY_FORM, LONGEST_KEY
from cliprelay.webhooks.settings import EVENT_TYPES

_ABOUT = (
    "The asynchronous routes of MyRouter and Novita, over ClipRelay's orders and videos: each order is paid at most once, "
    "and `video_url` is a durable link. A key is accepted with and without `Bearer`. There is no cancel, list or delete."
)
# What every route may answer.
_REFUSALS = {
    "401": "FAILED_TO_AUTH: the API key is missing, wrong or revoked.",
    "405": "METHOD_NOT_ALLOWED",
    "429": "RATE_LIMIT_EXCEEDED",
}
_OF_ORDERS = {
    "400": f"{', '.join([INVALID, *dict.fromkeys(IMAGE_REASONS.values())])}: `metadata.errors` lists every complaint.",
    "403": "NOT_ENOUGH_BALANCE: a budget does not allow the order.",
    "404": "MODEL_NOT_FOUND or API_NOT_FOUND",
    "422": "IDEMPOTENCY_KEY_REUSED: the key belongs to another order, `metadata.task_id`.",
    "500": "SERVICE_NOT_AVAILABLE: unexpected error.",
    "503": "SERVICE_NOT_AVAILABLE: `metadata.task_id` is the task that may have been recorded.",
}
_OF_TASKS = {"400": f"{INVALID}: the query is not one `task_id`.", "404": "TASK_NOT_FOUND"}


def document(base_url: str, offer: Offer) -> dict[str, Any]:
    """Describe the routes of a deployment, with one path for each of its models."""
    orders = {f"/v3/async/{model.name}": {"post": _order(model)} for model in offer.models}
    described = {
        "openapi": "3.1.0",
        "info": {"title": "ClipRelay: the provider's own API", "description": _ABOUT, "version": VERSION},
        "servers": [{"url": base_url}],
        "security": [{"key": []}],
        "paths": {**orders, "/v3/async/task-result": {"get": _TASK_RESULT}, "/v3/openapi.json": {"get": _DOCUMENT}},
        "components": {
            "schemas": {"Ordered": _ORDERED, "TaskResult": _RESULT, "Error": _ERROR, "Extra": _EXTRA},
            "parameters": _HEADERS,
            "responses": _REFUSED_ORDERS,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key of this deployment."}},
        },
    }
    return with_gateway_answers(described)


def _order(model: Model) -> dict[str, Any]:
    return {
        "operationId": f"create_{model.name.replace('-', '_').replace('.', '_')}",
        "summary": f"Order a video. {model.about}",
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _HEADERS],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _body(model)}}},
        "responses": {"200": {**_answer("The task, always with status 200.", "Ordered"), "links": _LINKS}, **_refused_order()},
    }


def _body(model: Model) -> dict[str, Any]:
    required = [field.name for field in model.fields if field.required]
    properties = {field.name: _property(field, model) for field in model.fields}
    return {
        "type": "object",
        "properties": {**properties, "extra": {"$ref": "#/components/schemas/Extra"}},
        "required": required,
        "additionalProperties": False,
    }


def _property(field: Field, model: Model) -> dict[str, Any]:
    """Describe a field; an optional one may be null, which means left out."""
    about = {"description": field.about} if field.about else {}
    default = {} if field.default is None else {"default": field.default}
    match field.kind:
        case Kind.IMAGE:
            rule: dict[str, Any] = {"type": "string", "format": "uri"}
        case Kind.PROMPT:
            rule = {"type": "string", "minLength": 1, "maxLength": model.prompt.most, "pattern": SEEN}
        case Kind.INTEGER:
            rule = {"type": "integer", "minimum": field.low, "maximum": field.high}
        case Kind.FLAG:
            rule = {"type": "boolean"}
        case Kind.CHOICE:
            rule = {"enum": list(field.choices)}
    return {**(rule if field.required else _nullable(rule)), **default, **about}


def _nullable(rule: dict[str, Any]) -> dict[str, Any]:
    if "enum" in rule:
        return {"enum": [*rule["enum"], None]}
    return {**rule, "type": [rule["type"], "null"]}


def _object(properties: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": list(properties)} if required else {})}


def _answer(about: str, schema: str) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def _refused_order() -> dict[str, Any]:
    return {name.removeprefix("Order"): {"$ref": f"#/components/responses/{name}"} for name in _REFUSED_ORDERS}


def _refused(own: dict[str, str]) -> dict[str, Any]:
    answers = {status: _answer(about, "Error") for status, about in sorted({**_REFUSALS, **own}.items())}
    answers["405"]["headers"] = {"Allow": {"required": True, "schema": {"type": "string"}}}
    return answers


_TEXT = {"type": "string"}
_URL = {"type": "string", "format": "uri", "maxLength": MAX_LENGTH}
_SECONDS = {"type": "string", "pattern": "^[0-9]+$"}
_EXTRA = {
    **_nullable({"type": "object"}),
    "properties": {
        "webhook": {**_nullable({"type": "object"}), "properties": {"url": _nullable(_URL)}, "additionalProperties": False},
    },
    "additionalProperties": False,
    "description": f"`webhook.url` receives the task when it ends, in place of the header {URL_HEADER}.",
}
_HEADERS: dict[str, Any] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": f"{KEY_FORM}. The same key and order never pay twice.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": r"^[^,]*[^,\s][^,]*$"},
    },
    "WebhookUrl": {
        "name": URL_HEADER,
        "in": "header",
        "description": "An https:// URL that receives the signed events of this task.",
        "schema": _URL,
    },
    "WebhookEvents": {
        "name": EVENTS_HEADER,
        "in": "header",
        "description": "Which events, separated by commas. Default: all.",
        "schema": {
            "type": "array",
            "items": {"enum": [kind for kind in EVENT_TYPES if kind.startswith("video.")]},
            "minItems": 1,
            "uniqueItems": True,
        },
    },
}
_REFUSED_ORDERS = {f"Order{status}": answer for status, answer in _refused(_OF_ORDERS).items()}
_LINKS = {"task": {"operationId": "get_task_result", "parameters": {"task_id": "$response.body#/task_id"}}}
_ORDERED = _object({"id": _TEXT, "task_id": _TEXT})
_TASK = _object(
    {
        "task_id": _TEXT,
        "task_type": {"enum": ["IMG_TO_VIDEO", "TXT_TO_VIDEO"]},
        "status": {"enum": list(dict.fromkeys(WORDS.values()))},
        "reason": {**_TEXT, "description": "Why it failed, or what is not known yet: a code and a sentence."},
        "eta": {"type": "integer", "minimum": 0, "description": "Seconds that it usually still takes; 0 if unknown."},
        "progress_percent": {"type": "integer", "minimum": 0, "maximum": 100},
    }
)
_TIMES = dict.fromkeys(("submit_time_ms", "execute_time_ms", "complete_time_ms"), _SECONDS)
_RESULT = _object(
    {
        "extra": _object({"seed": _SECONDS, "debug_info": _object({"request_info": _TEXT, **_TIMES})}, required=False),
        "task": _TASK,
        "images": {"type": "array", "maxItems": 0},
        "videos": {
            "type": "array",
            "maxItems": 1,
            "items": _object({"video_url": {"type": "string", "format": "uri"}, "video_url_ttl": _SECONDS, "video_type": {"const": "mp4"}}),
        },
        "audios": {"type": "array", "maxItems": 0},
    }
)
_ERROR = _object(
    {
        "code": {"type": "integer"},
        "reason": {"enum": sorted({each.reason for each in TABLE.values()} | {*IMAGE_REASONS.values(), "MODEL_NOT_FOUND"})},
        "message": _TEXT,
        "metadata": {"type": "object"},
    }
)
_TASK_RESULT = {
    "operationId": "get_task_result",
    "summary": "Read a task. A temporary failure is never an error here: the task is then TASK_STATUS_PROCESSING.",
    "parameters": [{"name": "task_id", "in": "query", "required": True, "schema": {"type": "string", "minLength": 1}}],
    "responses": {"200": _answer("The task.", "TaskResult"), **_refused(_OF_TASKS)},
}
_DOCUMENT = {
    "operationId": "get_openapi",
    "summary": "This document.",
    "security": [],
    "responses": {
        "200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}},
        **{status: answer for status, answer in _refused({}).items() if status != "401"},
    },
}
