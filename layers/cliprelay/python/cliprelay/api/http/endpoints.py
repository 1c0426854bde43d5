"""The endpoints of the API, each declared once, where its route is registered."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel

from cliprelay.api.http.query import query_parameters

Route = TypeVar("Route", bound=Callable[..., Any])

# A path segment may contain anything except slashes and control characters.
_PART = r"[^/\x00-\x1f\x7f]+"


@dataclass
class Endpoint:
    """One path: whether it is public, and its methods with their body type (None: no body) and query parameters."""

    path: re.Pattern[str]
    template: str
    is_public: bool
    bodies: dict[str, type[BaseModel] | None] = field(default_factory=dict)
    queries: dict[str, dict[str, type]] = field(default_factory=dict)


class EndpointResolver(APIGatewayHttpResolver):
    """A resolver that records its endpoints, so that each route is described in one place."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.endpoints: dict[str, Endpoint] = {}

    def endpoint(
        self, method: str, template: str, *, is_public: bool = False, body: type[BaseModel] | None = None, **documentation: Any
    ) -> Callable[[Route], Route]:
        """Register a route, like `route`; `template` is a path such as /v1/videos/<video_id>."""
        endpoint = self.remember(method, template, is_public=is_public, body=body)
        register = self.route(template, method, **documentation)

        def remember_query(route: Route) -> Route:
            endpoint.queries[method] = query_parameters(route)
            return register(route)

        return remember_query

    def remember(self, method: str, template: str, *, is_public: bool = False, body: type[BaseModel] | None = None) -> Endpoint:
        """Record an endpoint whose route is registered elsewhere; raises ValueError if a path would need a key for some methods alone."""
        path = re.compile(re.sub(r"<\w+>", lambda _: _PART, template))
        endpoint = self.endpoints.setdefault(template, Endpoint(path, template, is_public))
        if endpoint.is_public is not is_public:
            raise ValueError(f"{template} is public for some methods and not for {method}")
        endpoint.bodies[method] = body
        return endpoint

    def find(self, path: str) -> Endpoint | None:
        """Find the endpoint of a request path."""
        return next((endpoint for endpoint in self.endpoints.values() if endpoint.path.fullmatch(path)), None)
