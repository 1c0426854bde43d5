"""The documentation as served, both public: /openapi.json, and /docs, the page that shows it."""

import json
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.representation import Representation
from cliprelay.api.openapi.page import page

# Short, because a deployment may change both; a browser that comes back later gets a 304 of some hundred bytes.
_CACHE = {"Cache-Control": "public, max-age=300"}
# An API has its default domain and some custom ones; the local service takes any Host header.
_DOMAINS = 4


def add_documentation(app: Endpoints) -> None:
    """Make the two paths known, which `Documentation` serves."""
    for path in ("/docs", "/openapi.json"):
        app.remember("GET", path, is_public=True)
        app.remember("HEAD", path, is_public=True)


class Documentation:
    """Serves the two paths; `generate` makes the document, which takes longer than any other request, and is called once."""

    def __init__(self, generate: Callable[[], dict[str, Any]], public_base_url: str) -> None:
        self._generate, self._public_base_url = generate, public_base_url
        self._description = lru_cache(_DOMAINS)(self._describe)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """Answer an admitted request for the documentation; None for one to another path."""
        match event.get("rawPath"):
            case "/docs":
                return self._page.answer(event)
            case "/openapi.json":
                return self._description(self._public_base_url or f"https://{event['requestContext']['domainName']}").answer(event)
        return None

    @cached_property
    def _page(self) -> Representation:
        html, policy = page()
        headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", **_CACHE}
        return Representation(html, "text/html; charset=utf-8", headers)

    @cached_property
    def _document(self) -> dict[str, Any]:
        return self._generate()

    def _describe(self, base_url: str) -> Representation:
        text = json.dumps({**self._document, "servers": [{"url": base_url}]}, separators=(",", ":"))
        return Representation(text + "\n", "application/json", _CACHE)
