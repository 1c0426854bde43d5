"""The OpenAPI 3.1 document, generated from the routes."""

import re
from collections.abc import Callable, Set
from http import HTTPStatus
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, OpenAPI, SecurityScheme, Tag
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from cliprelay.api.http.error_codes import CODES, EVERYWHERE
from cliprelay.api.http.problems import PROBLEM_JSON
from cliprelay.api.openapi.postprocess import finished, whole_numbers
from cliprelay.version import VERSION

Described = TypeVar("Described", bound=Callable[..., Any])

DESCRIPTION = """Relays AI video generation: pays once, loses nothing, always reports the outcome.

Every refusal is `application/problem+json` (RFC 9457) with a stable `code`. The gateway enforces limits of its own before the API
is reached, and answers `application/json` with a `message`: 413 for a body over 10 MB, 431 for headers over 10 KB, 429 for too many
concurrent requests, 503 after 30 seconds."""

TAGS = {
    "videos": "Order, list and read videos.",
    "links": "Watch videos without an API key.",
    "webhooks": "Configure webhooks, and inspect deliveries.",
    "uploads": "Upload images that are too large for a request.",
    "models": "Discover what can be ordered.",
    "quotes": "Calculate the result and price of an order.",
    "usage": "See what was spent.",
    "service": "Check that the API is up.",
}


class DocumentedResolver(APIGatewayHttpResolver):
    """Describes the API's actual behaviour, not Powertools' defaults; it answers no request."""

    def __init__(self) -> None:
        super().__init__(enable_validation=True)

    def operation(self, method: str, template: str, **documentation: Any) -> Callable[[Described], Described]:
        """Describe an operation by the signature of a function that is never called."""
        return self.route(template, method, **documentation)

    def document(self, public: Set[str]) -> dict[str, Any]:
        """Generate the document; its `servers` say that the API is where the document is, and `public` paths need no key."""
        schemes: dict[str, SecurityScheme] = {"key": HTTPBearer(description="An API key of this deployment.")}
        made = self.get_openapi_schema(
            title="ClipRelay",
            version=VERSION,
            openapi_version="3.1.0",
            description=DESCRIPTION,
            tags=[Tag(name=name, description=text) for name, text in TAGS.items()],
            security_schemes=schemes,
            security=[{"key": []}],
        )
        # Validated, which also drops the nulls of the types that `finished` adds.
        published = OpenAPI.model_validate(finished(_plain(made), _in_braces(public)))
        document: dict[str, Any] = whole_numbers(_plain(published))
        return document


def _in_braces(templates: Set[str]) -> set[str]:
    """Return paths in OpenAPI notation."""
    return {re.sub(r"<(\w+)>", r"{\1}", each) for each in templates}


def _plain(document: OpenAPI) -> dict[str, Any]:
    return document.model_dump(by_alias=True, exclude_none=True, mode="json")


def shows(description: str, model: type[BaseModel], *headers: dict[str, Any]) -> OpenAPIResponse:
    """Document a response with a JSON body of that type."""
    return {"description": description, "headers": _together(headers), "content": {"application/json": {"model": model}}}


def leads(description: str) -> OpenAPIResponse:
    """Document a redirect, without a body."""
    return {"description": description, "headers": header("Location", "The URL to follow.")}


def header(name: str, description: str, *, always: bool = True) -> dict[str, Any]:
    """Document a response header; `always` if every such response has it."""
    return {name: {"description": description, "required": always, "schema": {"type": "string"}}}


_RETRY_AFTER = header("Retry-After", "Seconds to wait before retrying.")
_HEADERS = {
    "method_not_allowed": header("Allow", "The methods that the path supports."),
    "unauthorized": header("WWW-Authenticate", "`Bearer`."),
    "unsupported_media_type": header("Accept-Encoding", "`identity`, if the body was compressed.", always=False),
    "unavailable": _RETRY_AFTER,
    "not_recorded": _RETRY_AFTER,
    "queue_full": _RETRY_AFTER,
}


def refusals(*codes: str) -> dict[int, OpenAPIResponse]:
    """Document the refusals of a route by code, including those common to every route."""
    known = (*codes, *EVERYWHERE)
    statuses = sorted({CODES[code].status for code in known})
    return {status: _refusal(status, [code for code in known if CODES[code].status == status]) for status in statuses}


def _refusal(status: int, codes: list[str]) -> OpenAPIResponse:
    narrowed = {"status": {"const": status}, "code": {"enum": codes}}
    schema = {"$ref": "#/components/schemas/ProblemAnswer", "properties": narrowed}
    examples = {code: {"value": _example(code)} for code in codes}
    return {
        "description": " ".join(f"`{code}`: {CODES[code].when}" for code in codes),
        "headers": _together([_HEADERS[code] for code in codes if code in _HEADERS]),
        "content": {PROBLEM_JSON: {"schema": schema, "examples": examples}},
    }


def _example(code: str) -> dict[str, Any]:
    status, when = CODES[code]
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": when}


def _together(headers: Any) -> dict[str, Any]:
    return {name: value for each in headers for name, value in each.items()}
