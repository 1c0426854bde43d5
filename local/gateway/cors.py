"""Add CORS headers as a configured API Gateway does, replacing those of the function.

A $default route also receives preflight requests, so the function is invoked for those too."""

from typing import Any

from local.gateway.events import Request, Response


class Cors:
    """The template's CORS settings; without any, responses stay unchanged."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._origins = [origin for origin in settings.get("allowOrigins", []) if origin]

    def apply(self, request: Request, response: Response) -> Response:
        if not self._origins:
            return response
        own = [header for header in response.headers if not header[0].startswith("access-control-")]
        return Response(response.status, own + self._headers_for(request), response.body)

    def _headers_for(self, request: Request) -> list[tuple[str, str]]:
        origin = request.header("origin")
        if not origin or not ("*" in self._origins or origin in self._origins):
            return []
        headers = [("access-control-allow-origin", "*" if "*" in self._origins else origin)]
        if self._settings.get("allowCredentials"):
            headers.append(("access-control-allow-credentials", "true"))
        if request.method == "OPTIONS":
            headers += self._listed("access-control-allow-methods", "allowMethods")
            headers += self._listed("access-control-allow-headers", "allowHeaders")
            if "maxAge" in self._settings:
                headers.append(("access-control-max-age", str(self._settings["maxAge"])))
        else:
            headers += self._listed("access-control-expose-headers", "exposeHeaders")
        return headers

    def _listed(self, header: str, setting: str) -> list[tuple[str, str]]:
        values = self._settings.get(setting)
        return [(header, ",".join(values))] if values else []
