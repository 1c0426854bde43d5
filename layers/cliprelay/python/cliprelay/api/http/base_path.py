"""The path of the public base URL, which an API mapping of a custom domain leaves in front of every request's path."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit


def base_path(public_base_url: str) -> str:
    """Return the path of a base URL, decoded like `rawPath` and without a slash at its end; "" for none."""
    return unquote(urlsplit(public_base_url).path).rstrip("/")


def without_base_path(event: dict[str, Any], base: str, is_endpoint: Callable[[str], Any]) -> dict[str, Any]:
    """Remove the base path from a request whose rest is an endpoint; return any other request as it is.

    The rest decides, not the domain: the API's default domain and proxies that remove the path themselves send requests without it,
    and a base path such as /v1 is also the beginning of the API's own paths.
    An HTTP API keeps the mapping's key in `rawPath`: https://github.com/aws-powertools/powertools-lambda-python/issues/576
    """
    path: str = event.get("rawPath") or "/"
    rest = path.removeprefix(base)
    if not base or not path.startswith(f"{base}/") or not is_endpoint(rest):
        return event
    return _with_path(event, rest)


def without_double_slash(event: dict[str, Any], is_wanted: Callable[[str], Any]) -> dict[str, Any]:
    """Return a request whose path begins with several slashes with one, if such a path is wanted.

    Clients of foreign APIs make such paths from a base URL that ends with a slash.
    """
    path: str = event.get("rawPath") or "/"
    single = "/" + path.lstrip("/")
    return _with_path(event, single) if path.startswith("//") and is_wanted(single) else event


def _with_path(event: dict[str, Any], path: str) -> dict[str, Any]:
    context = event["requestContext"]
    return {**event, "rawPath": path, "requestContext": {**context, "http": {**context["http"], "path": path}}}
