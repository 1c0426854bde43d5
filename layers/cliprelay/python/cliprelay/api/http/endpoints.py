"""The routes of the API, each listed once: by its registration with the resolver."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel

Route = TypeVar("Route", bound=Callable[..., Any])

# What a part of a path may hold: anything but a slash and control characters.
_PART = r"[^/\x00-\x1f\x7f]+"


@dataclass
class Endpoint:
    """One path: whether it needs a key, and its methods with the body that each takes (None: it takes none)."""

    path: re.Pattern[str]
    template: str
    is_public: bool
    bodies: dict[str, type[BaseModel] | None] = field(default_factory=dict)


class EndpointResolver(APIGatewayHttpResolver):
    """A resolver that remembers its endpoints, so that everything about a route is said where the route is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.endpoints: dict[str, Endpoint] = {}

    def endpoint(
        self, method: str, template: str, *, is_public: bool = False, body: type[BaseModel] | None = None, **documentation: Any
    ) -> Callable[[Route], Route]:
        """Register a route, as `route` does; `template` is a path such as /v1/videos/<video_id>."""
        self.remember(method, template, is_public=is_public, body=body)
        return self.route(template, method, **documentation)

    def remember(self, method: str, template: str, *, is_public: bool = False, body: type[BaseModel] | None = None) -> None:
        """Note a route that somebody else registers."""
        path = re.compile(re.sub(r"<\w+>", lambda _: _PART, template))
        self.endpoints.setdefault(template, Endpoint(path, template, is_public)).bodies[method] = body

    def find(self, path: str) -> Endpoint | None:
        """Return the endpoint of a path as sent."""
        return next((endpoint for endpoint in self.endpoints.values() if endpoint.path.fullmatch(path)), None)
