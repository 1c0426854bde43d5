"""docs/reference/openapi.json: the OpenAPI document as the API serves it; no AWS account is needed, because no part is called."""

import json
from datetime import UTC, datetime
from typing import Any

from cliprelay.api.app import build_app, describe
from cliprelay.api.ark import document as ark
from cliprelay.api.myrouter import document as myrouter
from cliprelay.api.openai import document as openai
from cliprelay.api.services import Services
from cliprelay.catalog.registry import Offer


def document() -> str:
    """Return the document with line breaks, and with `servers` that fit every deployment."""
    nothing: Any = None
    parts = dict.fromkeys(("videos", "store", "uploads", "intake", "identify", "dispatch", "webhook_settings", "usage"), nothing)
    clock: dict[str, Any] = {"clock": lambda: datetime.now(UTC), "seconds": lambda: 0.0, "sleep": lambda _: None}
    services = Services(**parts, **clock, public_base_url="", webhook_keys=lambda: nothing, webhook_sender=lambda: nothing)
    return json.dumps(describe(services, build_app(services)), indent=2) + "\n"


def ark_document() -> str:
    """Return the document of the Ark API, with `servers` that fit every deployment."""
    return json.dumps(ark.document("/"), indent=2) + "\n"


def myrouter_document() -> str:
    """Return the document of the provider's own API, for the models that a deployment offers by default."""
    return json.dumps(myrouter.document("/", Offer.of("")), indent=2) + "\n"


def openai_document() -> str:
    """Return the document of OpenAI's Videos API, likewise."""
    return json.dumps(openai.document(""), indent=2) + "\n"
