"""The OpenAPI document as the API serves it, made without an account: no part is asked for anything."""

from datetime import UTC, datetime
from typing import Any

from cliprelay.api.app import Front
from cliprelay.api.services import Services
from tests.support.makers import request_event


def document() -> str:
    """The answer to GET /openapi.json, with a line break at its end."""
    nothing: Any = None
    parts = dict.fromkeys(("videos", "store", "uploads", "intake", "tenant_of", "dispatch", "webhook_settings"), nothing)
    clock: dict[str, Any] = {"clock": lambda: datetime.now(UTC), "seconds": lambda: 0.0, "sleep": lambda _: None}
    services = Services(**parts, **clock, public_base_url="", webhook_keys=lambda: nothing)
    return str(Front(services).answer(request_event("GET", "/openapi.json"), None)["body"]) + "\n"
