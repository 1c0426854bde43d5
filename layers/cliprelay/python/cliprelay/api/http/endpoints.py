"""The endpoints of the API, each declared once, where its route is registered."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from cliprelay.api.http.answers import Answer
from cliprelay.api.http.face import Face
from cliprelay.api.http.query import Parameter
from cliprelay.api.http.request import Request
from cliprelay.errors import Refusal

Handle = Callable[[Request], Answer]
Registered = TypeVar("Registered", bound=Handle)
# Checks a parsed body; raises InvalidBody.
ReadBody = Callable[[dict[str, Any]], Any]

# A path segment may contain anything except slashes and control characters; any other than these names nothing.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAMING = re.compile(r"[-._~()'!*:@,;=+&$%<> \[\]{}|^\w]+")


class Route:
    """One method of a path: its handler, its body (None: no body) and its query parameters.

    A route that `lists_complaints` takes those about the query itself, to list them together with those about its body. To one that
    does not need a body, none is an empty object.
    """

    def __init__(
        self,
        handle: Handle,
        body: ReadBody | None = None,
        query: Mapping[str, Parameter] | None = None,
        *,
        lists_complaints: bool = False,
        needs_body: bool = True,
    ) -> None:
        self.handle, self.body, self.query = handle, body, query or {}
        self.lists_complaints, self.needs_body = lists_complaints, needs_body


class Endpoint:
    """One path, whether it is public, the foreign API that it is of, and its routes by method."""

    def __init__(self, template: str, *, is_public: bool, face: Face | None = None) -> None:
        self.template, self.is_public, self.face = template, is_public, face
        self.routes: dict[str, Route] = {}
        self._parts = template.split("/")

    def fits(self, path: str) -> bool:
        """Return whether a request path is of this endpoint."""
        parts = path.split("/")
        return len(parts) == len(self._parts) and all(map(_fits, self._parts, parts))

    def values(self, path: str) -> dict[str, str] | None:
        """Return the parameters of a path that fits; None if they can name nothing."""
        named = {name[1:-1]: part for name, part in zip(self._parts, path.split("/"), strict=True) if name.startswith("<")}
        return named if all(map(_NAMING.fullmatch, named.values())) else None


def _fits(expected: str, part: str) -> bool:
    return part == expected or (expected.startswith("<") and bool(part) and not _CONTROL.search(part))


def _answered_elsewhere(asking: Request) -> Answer:
    raise Refusal("not_found", "This path does not exist.")


class Endpoints:
    """All endpoints, in the order of their registration."""

    def __init__(self) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        self.faces: list[Face] = []

    def endpoint(
        self,
        method: str,
        template: str,
        *,
        is_public: bool = False,
        body: ReadBody | None = None,
        query: Mapping[str, Parameter] | None = None,
        lists_complaints: bool = False,
        needs_body: bool = True,
        face: Face | None = None,
    ) -> Callable[[Registered], Registered]:
        """Register a route; `template` is a path such as /v1/videos/<video_id>. That of a `face` gets body and query as they were sent."""

        def register(handle: Registered) -> Registered:
            route = Route(handle, body, query, lists_complaints=lists_complaints, needs_body=needs_body)
            self._add(method, template, route, is_public=is_public, face=face)
            return handle

        return register

    def remember(self, method: str, template: str, *, is_public: bool = False) -> None:
        """Register a path that is answered elsewhere."""
        self._add(method, template, Route(_answered_elsewhere), is_public=is_public)

    def _add(self, method: str, template: str, route: Route, *, is_public: bool, face: Face | None = None) -> None:
        """Add a route; raises ValueError if a path would need a key for some methods alone."""
        endpoint = self.endpoints.setdefault(template, Endpoint(template, is_public=is_public, face=face))
        if endpoint.is_public is not is_public:
            raise ValueError(f"{template} is public for some methods and not for {method}")
        endpoint.routes[method] = route

    def add_face(self, face: Face) -> None:
        """Register a foreign API, whose refusals are its own on every path under its prefix."""
        self.faces.append(face)

    def face_of(self, path: str) -> Face | None:
        """Return the foreign API that a request path is of; None for our own API."""
        return next((face for face in self.faces if face.owns(path)), None)

    def find(self, path: str) -> Endpoint | None:
        """Find the endpoint of a request path."""
        return next((endpoint for endpoint in self.endpoints.values() if endpoint.fits(path)), None)
