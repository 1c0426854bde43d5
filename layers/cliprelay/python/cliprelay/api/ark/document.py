"""The OpenAPI document of the Ark API."""

from collections.abc import Mapping
from typing import Any

from cliprelay.api.ark.errors import ERRORS
from cliprelay.api.ark.order import ELSEWHERE, FIELDS
from cliprelay.api.ark.tasks import MOST_PAGE, MOST_SIZE, USUAL_SIZE
from cliprelay.api.http.gateway_answers import with_gateway_answers
from cliprelay.faces.ark import CALLBACK_EVENTS, WORDS
from cliprelay.version import VERSION

_TEXT, _INTEGER, _FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_ABOUT = {
    "model": "As at the vendor, such as `seedance-1-5-pro-251215`; a picture or none decides between image to video and text to video.",
    "content": "One text, and a first frame or a first and a last frame.",
    "callback_url": f"Gets the task when it runs, and for {', '.join(CALLBACK_EVENTS)}.",
    "duration": "Seconds; -1 is refused, because the price would not be known.",
    "safety_identifier": "Kept among the metadata, and given back.",
    "metadata": "Up to 16 pairs of texts, given back with the task.",
    "max_cost_usd": "The most that the video may cost, in US dollars.",
    "expires_in": "Seconds in which the task must be submitted; then it ends unpaid.",
    "not_before": "The earliest time of the submit.",
}
_KINDS: Mapping[str, dict[str, Any]] = {
    "model": _TEXT,
    "content": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
    "resolution": _TEXT,
    "ratio": _TEXT,
    "duration": _INTEGER,
    "framespersecond": _INTEGER,
    "seed": _INTEGER,
    "camera_fixed": _FLAG,
    "watermark": _FLAG,
    "generate_audio": _FLAG,
    "service_tier": _TEXT,
    "execution_expires_after": _INTEGER,
    "callback_url": {"type": "string", "format": "uri"},
    "metadata": {"type": "object", "additionalProperties": _TEXT},
    "max_cost_usd": {"type": ["string", "number"]},
    "expires_in": _INTEGER,
    "not_before": {"type": "string", "format": "date-time"},
    "safety_identifier": _TEXT,
}


def document(base_url: str) -> dict[str, Any]:
    """Return the document, for the address at which the API is reached."""
    tasks, task = "/api/v3/contents/generations/tasks", "/api/v3/contents/generations/tasks/{task_id}"
    own = {"name": "task_id", "in": "path", "required": True, "schema": _TEXT}
    described = {
        "openapi": "3.1.0",
        "info": {
            "title": "ClipRelay: Ark content generation tasks",
            "version": VERSION,
            "description": "The API of Seedance's vendor over ClipRelay. Send an Idempotency-Key: the vendor's clients repeat a POST.",
        },
        "servers": [{"url": base_url}],
        "security": [{"key": []}],
        "paths": {
            tasks: {
                "post": _operation("createTask", "Order a video", {"$ref": "#/components/schemas/Created"}, 400, 401, 403, 404, 422, 429)
                | {"parameters": [_KEY], "requestBody": _body("Order")},
                "get": _operation("listTasks", "List the tasks of the last seven days", _LIST, 400, 401) | {"parameters": _parameters()},
            },
            task: {
                "get": _operation("getTask", "Read a task", {"$ref": "#/components/schemas/Task"}, 401, 404) | {"parameters": [own]},
                "delete": _operation("deleteTask", "Cancel a waiting task, or delete an ended one", {"type": "object"}, 401, 404, 409)
                | {"parameters": [own]},
            },
        },
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}, "schemas": _schemas()},
    }
    return with_gateway_answers(described)


_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 512},
    "description": "The same key and body are the same task, paid once.",
}
_LIST = {
    "type": "object",
    "required": ["items", "total"],
    "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}}, "total": _INTEGER},
}


def _operation(name: str, summary: str, answer: dict[str, Any], *refusals: int) -> dict[str, Any]:
    answers = {"200": {"description": summary, "content": {"application/json": {"schema": answer}}}}
    return {
        "operationId": name,
        "summary": summary,
        "responses": answers | {str(each): _refusal(each) for each in (*refusals, 405, 500, 503)},
    }


def _refusal(status: int) -> dict[str, Any]:
    codes = sorted({each.code for each in ERRORS.values() if each.status == status})
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": f"Refused: {', '.join(codes)}.", "content": {"application/json": {"schema": schema}}}


def _body(name: str) -> dict[str, Any]:
    example = {"model": "seedance-1-5-pro-251215", "content": [{"type": "text", "text": "Waves at dusk --rs 480p --dur 6"}]}
    return {"required": True, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}, "example": example}}}


def _parameters() -> list[dict[str, Any]]:
    words = {"type": "string", "enum": list(dict.fromkeys(WORDS.values()))}
    page = {"type": "integer", "minimum": 1, "maximum": MOST_PAGE, "default": 1}
    size = {"type": "integer", "minimum": 1, "maximum": MOST_SIZE, "default": USUAL_SIZE}
    ids = {"type": "array", "items": _TEXT, "maxItems": 100}
    kinds = {"page_num": page, "page_size": size, "filter.status": words, "filter.task_ids": ids}
    kinds |= {"filter.model": _TEXT, "filter.service_tier": _TEXT}
    return [{"name": name, "in": "query", "schema": schema} for name, schema in kinds.items()]


def _schemas() -> dict[str, Any]:
    return {"Order": _order(), "Item": _ITEM, "Created": _CREATED, "Task": _task(), "Error": _ERROR}


def _order() -> dict[str, Any]:
    nothing = {"description": "Only null, or what asks for nothing; other values are refused."}
    fields = {name: _field(name) if name not in ELSEWHERE else nothing for name in FIELDS}
    return {"type": "object", "required": ["model", "content"], "additionalProperties": False, "properties": fields}


def _field(name: str) -> dict[str, Any]:
    about = {"description": _ABOUT[name]} if name in _ABOUT else {}
    return about | (_KINDS[name] if name in ("model", "content") else {"anyOf": [_KINDS[name], {"type": "null"}]})


_ITEM = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": {"enum": ["text", "image_url"]},
        "text": {"type": ["string", "null"], "description": "The prompt; commands such as `--rs 480p` are taken out, and set the field."},
        "image_url": {"type": ["object", "null"], "required": ["url"], "properties": {"url": _TEXT}},
        "role": {"enum": ["first_frame", "last_frame", None]},
    },
}
_CREATED = {"type": "object", "required": ["id"], "properties": {"id": _TEXT}}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "param", "type"],
            "properties": {"code": _TEXT, "message": _TEXT, "param": _TEXT, "type": _TEXT, "id": _TEXT},
        }
    },
}


def _task() -> dict[str, Any]:
    failed = {"type": ["object", "null"], "properties": {"code": _TEXT, "message": _TEXT}}
    notice = {"type": "object", "properties": {"code": _TEXT, "message": _TEXT}}
    shown = [
        *("seed", "resolution", "ratio", "duration", "framespersecond", "generate_audio", "camera_fixed", "watermark"),
        *("service_tier", "execution_expires_after", "safety_identifier", "metadata"),
    ]
    return {
        "type": "object",
        "required": ["id", "status"],
        "description": "Where the state cannot be read at the moment, only `id` and the status `running`.",
        "properties": {
            "id": _TEXT,
            "model": {"type": "string", "description": "As the order named it."},
            "status": {"enum": list(dict.fromkeys(WORDS.values()))},
            "content": {"type": "object", "properties": {"video_url": {"type": "string", "format": "uri"}}},
            "usage": {"type": "object", "properties": {"completion_tokens": _INTEGER, "total_tokens": _INTEGER}},
            "error": failed,
            "created_at": _INTEGER,
            "updated_at": _INTEGER,
            "warnings": {"type": "array", "items": notice},
            **{name: _KINDS[name] for name in shown},
        },
    }
