"""What is decided before a route runs: is there such a route, whose key is it, can the body be read at all."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cliprelay.errors import Problem


@dataclass(frozen=True)
class Door:
    """One path of the API, the methods it takes, those of them that carry a body, and whether it asks for a key."""

    path: re.Pattern[str]
    methods: frozenset[str]
    bodies: frozenset[str]
    needs_key: bool = True


def door(template: str, *methods: str, bodies: Sequence[str] = ("POST", "PUT"), needs_key: bool = True) -> Door:
    """A door from a path template such as /v1/videos/<video_id>."""
    return Door(re.compile(re.sub(r"<\w+>", r"[^/\\x00-\\x1f\\x7f]+", template)), frozenset(methods), frozenset(bodies), needs_key)


DOORS = (
    door("/v1/videos", "GET", "POST"),
    door("/v1/videos/<video_id>", "GET"),
    door("/v1/videos/<video_id>/content", "GET", "HEAD"),
    door("/v1/videos/<video_id>/links", "DELETE"),
    door("/v1/links/<token>", "GET", "HEAD", needs_key=False),
    door("/v1/videos/<video_id>/deliveries", "GET", "POST", bodies=()),
    door("/v1/webhook", "GET", "PUT"),
    door("/v1/webhook/rotate", "POST", bodies=()),
    door("/v1/uploads", "POST"),
    door("/v1/models", "GET"),
    door("/v1/models/<model>", "GET"),
    door("/v1/quotes", "POST"),
    door("/health", "GET", needs_key=False),
    door("/openapi.json", "GET", needs_key=False),
    door("/docs", "GET", needs_key=False),
)


@dataclass(frozen=True)
class Admitted:
    """A request that may reach its route: the tenant ("" on public paths) and the body as sent."""

    tenant: str
    body: bytes


def admit(event: Mapping[str, Any], tenant_of: Callable[[str], str | None]) -> Admitted:
    """Let a request in, or raise the Problem that turns it away: 404, 405, 401, 415, 400 in this order."""
    http = event["requestContext"]["http"]
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    method = http["method"].upper()
    found = _door(event.get("rawPath") or "/", method)
    tenant = _tenant(headers.get("authorization"), tenant_of) if found.needs_key else ""
    if method not in found.bodies:
        return Admitted(tenant, b"")
    _check_content_type(headers.get("content-type", ""))
    return Admitted(tenant, _body(event))


def is_preflight(event: Mapping[str, Any]) -> bool:
    """Whether a browser asks if it may ask; the gateway adds the CORS headers, and asks its $default route for a 2xx."""
    headers = event.get("headers") or {}
    is_options: bool = event["requestContext"]["http"]["method"].upper() == "OPTIONS"
    return is_options and "origin" in headers and "access-control-request-method" in headers


def _door(path: str, method: str) -> Door:
    found = next((door for door in DOORS if door.path.fullmatch(path)), None)
    if found is None:
        raise Problem(404, "not_found", "There is nothing at this path; /docs shows what there is.")
    if method not in found.methods:
        allowed = ", ".join(sorted(found.methods))
        raise Problem(405, "method_not_allowed", f"This path takes {allowed}.", headers={"Allow": allowed})
    return found


def _tenant(authorization: str | None, tenant_of: Callable[[str], str | None]) -> str:
    scheme, _, key = (authorization or "").partition(" ")
    tenant = tenant_of(key.strip()) if scheme.lower() == "bearer" and key.strip() else None
    if tenant is None:
        detail = "Send an API key of this deployment as `Authorization: Bearer <key>`."
        raise Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})
    return tenant


def _check_content_type(value: str) -> None:
    # A missing type is taken for JSON; curl's default for -d is not missing, and not JSON.
    if value and value.partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "unsupported_media_type", "The body must be JSON: send `Content-Type: application/json`.")


def _body(event: Mapping[str, Any]) -> bytes:
    text: str = event.get("body") or ""
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
        decoded = body.decode()
    except ValueError:  # base64 with other letters, letters outside ASCII where base64 should be, or bytes that are no UTF-8
        raise Problem(400, "malformed_json", "The body is not JSON: it is not UTF-8.") from None
    if not decoded.strip():
        raise Problem(400, "malformed_json", "The body is empty; it must be a JSON object.")
    return body
