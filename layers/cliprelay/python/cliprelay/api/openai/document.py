"""The OpenAPI 3.1 document of this face."""

from typing import Any

from cliprelay.api.http.gateway_answers import with_gateway_answers
from cliprelay.api.openai.lists import PARAMETERS, USUAL_LIMIT
from cliprelay.version import VERSION

_ABOUT = (
    "The routes of OpenAI's Videos API over ClipRelay: orders, videos and files are the same as those of `/v1`. Point the packages "
    "`openai` of PyPI and npm at this base URL. Their automatic retries get the video of the first try; an `Idempotency-Key` makes the "
    "same promise for calls of your own."
)
_ORDER_ABOUT = (
    "Orders a video. Further fields of `POST /v1/videos` are accepted by their names there, such as `generate_audio`, `seed`, "
    "`last_image`, `metadata`, `max_cost_usd` and `webhook_url`. The answer is 200, also to a new order."
)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _nullable(kind: str) -> dict[str, Any]:
    return {"type": [kind, "null"]}


_SCHEMAS: dict[str, Any] = {
    "ImageReference": {
        "type": "object",
        "required": ["image_url"],
        "additionalProperties": False,
        "properties": {"image_url": {"type": "string", "description": "An https:// URL, a data URL, or the `image` of an upload."}},
    },
    "Order": {
        "type": "object",
        "required": ["prompt"],
        "properties": {
            "model": {"type": "string", "description": "A name of `GET /models`. Default: the family seedance-v1.5-pro."},
            "prompt": {"type": "string", "minLength": 1, "maxLength": 8000},
            "seconds": {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "Length. Default: 4."},
            "size": {"type": "string", "description": "Such as 1280x720. Default: 720x1280, or the shape of the picture."},
            "input_reference": {"anyOf": [_ref("ImageReference"), {"type": "string"}], "description": "The first frame."},
        },
        "example": {"model": "seedance-v1.5-pro", "prompt": "The lamp turns.", "seconds": "4", "size": "1280x720"},
    },
    "Form": {
        "type": "object",
        "required": ["prompt"],
        "description": "The fields of `Order` as texts; objects as `metadata[order]`, lists as `webhook_events[]`. At most 64 parts.",
        "properties": {
            "model": {"type": "string"},
            "prompt": {"type": "string"},
            "seconds": {"type": "string"},
            "size": {"type": "string"},
            "input_reference": {"type": "string", "contentMediaType": "application/octet-stream", "description": "A file or its address."},
            "input_reference[image_url]": {"type": "string"},
        },
    },
    "Video": {
        "type": "object",
        "required": [
            *("id", "object", "model", "status", "progress", "created_at", "completed_at", "expires_at", "prompt", "size", "seconds"),
            *("remixed_from_video_id", "error"),
        ],
        "properties": {
            "id": {"type": "string"},
            "object": {"const": "video"},
            "model": {"type": "string", "description": "The model that makes the video."},
            "status": {"enum": ["queued", "in_progress", "completed", "failed"]},
            "progress": {"type": "integer", "minimum": 0, "maximum": 100},
            "created_at": {"type": "integer"},
            "completed_at": _nullable("integer"),
            "expires_at": {**_nullable("integer"), "description": "When an ended video is removed."},
            "prompt": _nullable("string"),
            "size": {**_nullable("string"), "description": "null while only the picture decides it."},
            "seconds": _nullable("string"),
            "remixed_from_video_id": {"type": "null"},
            "error": {"anyOf": [_ref("VideoError"), {"type": "null"}]},
            "cost": {"type": "object", "description": "Tokens and US dollars, as in `/v1`."},
            "link": {"type": "string", "description": "Opens the file without an API key."},
            "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
            "warnings": {"type": "array", "items": {"type": "object"}},
        },
    },
    "VideoError": {
        "type": "object",
        "required": ["code", "message"],
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    },
    "VideoList": {
        "type": "object",
        "required": ["object", "data", "first_id", "last_id", "has_more"],
        "properties": {
            "object": {"const": "list"},
            "data": {"type": "array", "items": _ref("Video")},
            "first_id": _nullable("string"),
            "last_id": _nullable("string"),
            "has_more": {"type": "boolean"},
        },
    },
    "DeletedVideo": {
        "type": "object",
        "required": ["id", "object", "deleted"],
        "properties": {"id": {"type": "string"}, "object": {"const": "video.deleted"}, "deleted": {"const": True}},
    },
    "Model": {
        "type": "object",
        "required": ["id", "object", "created", "owned_by"],
        "properties": {
            "id": {"type": "string"},
            "object": {"const": "model"},
            "created": {"type": "integer"},
            "owned_by": {"type": "string"},
        },
    },
    "ModelList": {
        "type": "object",
        "required": ["object", "data"],
        "properties": {"object": {"const": "list"}, "data": {"type": "array", "items": _ref("Model")}},
    },
    "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["message", "type", "param", "code"],
                "properties": {
                    "message": {"type": "string"},
                    "type": {"enum": ["invalid_request_error", "rate_limit_error", "insufficient_quota", "server_error"]},
                    "param": _nullable("string"),
                    "code": {"type": "string"},
                },
            }
        },
    },
}


def _json(name: str, about: str) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": _ref(name)}}}


def _operation(name: str, summary: str, *refused: str, answer: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    """Describe an operation, with the refusals that every one has."""
    answers = answer or {}
    refusals = {status: {"$ref": "#/components/responses/Refused"} for status in sorted({*refused, "401", "500", "503"})}
    return {"operationId": name, "summary": summary, **parts, "responses": {**answers, **refusals}}


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query() -> list[dict[str, Any]]:
    schemas = {
        "after": {"type": "string", "description": "`last_id` of the page before; that video need not exist any more."},
        "limit": {"type": "integer", "minimum": 0, "maximum": 100, "default": USUAL_LIMIT},
        "order": {"enum": ["asc", "desc"], "default": "desc"},
    }
    return [{"name": name, "in": "query", "schema": schemas[name]} for name in PARAMETERS]


def _paths() -> dict[str, Any]:
    video, ordered = _path_parameter("video_id"), {"200": _json("Video", "The video.")}
    variant = {"name": "variant", "in": "query", "schema": {"enum": ["video", "thumbnail"], "default": "video"}}
    moved = {"302": {"description": "The address of the file, for an hour.", "headers": {"Location": {"schema": {"type": "string"}}}}}
    key = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}, "description": "Makes repeats of an order one video."}
    body = {
        "required": True,
        "content": {"application/json": {"schema": _ref("Order")}, "multipart/form-data": {"schema": _ref("Form")}},
    }
    missing = "Does not exist here; always refused."
    return {
        "/videos": {
            "get": _operation("listVideos", "List videos", "400", answer={"200": _json("VideoList", "One page.")}, parameters=_query()),
            "post": _operation(
                *("createVideo", "Order a video", "400", "422", "429"),
                answer=ordered,
                description=_ORDER_ABOUT,
                parameters=[key],
                requestBody=body,
            ),
        },
        "/videos/{video_id}": {
            "parameters": [video],
            "get": _operation("getVideo", "Read a video", "404", answer=ordered),
            "delete": _operation(
                "deleteVideo", "Delete a video that has ended", "400", "404", answer={"200": _json("DeletedVideo", "It is deleted.")}
            ),
        },
        "/videos/{video_id}/content": {
            "parameters": [video, variant],
            "get": _operation("getContent", "Get the file, or its thumbnail", "400", "404", answer=moved),
            "head": _operation("headContent", "Get the headers of the file", "400", "404", answer=moved),
        },
        "/videos/{video_id}/remix": {"parameters": [video], "post": _operation("remixVideo", missing, "404")},
        "/videos/edits": {"post": _operation("editVideo", missing, "404")},
        "/videos/extensions": {"post": _operation("extendVideo", missing, "404")},
        "/videos/characters": {"post": _operation("createCharacter", missing, "404")},
        "/videos/characters/{character_id}": {
            "parameters": [_path_parameter("character_id")],
            "get": _operation("getCharacter", missing, "404"),
        },
        "/models": {
            "get": _operation("listModels", "List models", answer={"200": _json("ModelList", "Every name that an order may use.")})
        },
        "/models/{model}": {
            "parameters": [_path_parameter("model")],
            "get": _operation("getModel", "Read a model", "404", answer={"200": _json("Model", "The model.")}),
        },
    }


def document(base_url: str) -> dict[str, Any]:
    """Return the document; `base_url` is that of the deployment, without this face's prefix."""
    described = {
        "openapi": "3.1.0",
        "info": {"title": "ClipRelay: OpenAI's Videos API", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": f"{base_url}/openai/v1"}],
        "security": [{"ApiKey": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"ApiKey": {"type": "http", "scheme": "bearer"}},
            "schemas": _SCHEMAS,
            "responses": {"Refused": _json("Error", "Refused; `x-should-retry` says whether the same request may be sent again.")},
        },
    }
    return with_gateway_answers(described)
