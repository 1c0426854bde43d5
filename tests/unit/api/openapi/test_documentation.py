"""/docs and /openapi.json as served: small, compressed, cached, built once, and switched off on request."""

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.api.openapi.documentation import Documentation
from tests.support.api_response import ApiResponse
from tests.support.makers import request_event

if TYPE_CHECKING:
    from tests.support.world import World

PATHS = ["/docs", "/openapi.json"]
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def _raw(said: ApiResponse) -> bytes:
    return base64.b64decode(said.body) if said.headers.get("content-encoding") else said.body.encode()


def _ask(world: "World", method: str, path: str, headers: dict[str, str] | None = None, domain: str = "", **parts: Any) -> ApiResponse:
    event = request_event(method, path, headers=headers)
    event["requestContext"]["domainName"] = domain or event["requestContext"]["domainName"]
    return ApiResponse(world.front(**parts).answer(event, None))


# The document grows with every operation: 22 of them take 145,000 bytes.
@pytest.mark.parametrize(("path", "plain", "zipped"), [("/docs", 20_000, 8_000), ("/openapi.json", 150_000, 16_000)])
def test_the_documentation_is_small(world: "World", path: str, plain: int, zipped: int) -> None:
    said = world.ask("GET", path, key=None)
    compressed = world.ask("GET", path, key=None, headers=GZIP)
    assert (len(_raw(said)) <= plain, len(_raw(compressed)) <= zipped) == (True, True)
    assert gzip.decompress(_raw(compressed)) == _raw(said)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [{}, GZIP])
def test_a_browser_that_comes_back_gets_304(world: "World", path: str, headers: dict[str, str]) -> None:
    first = world.ask("GET", path, key=None, headers=headers)
    assert (first.headers["cache-control"], first.headers["vary"]) == ("public, max-age=300", "Accept-Encoding")
    again = world.ask("GET", path, key=None, headers=headers | {"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, "", first.headers["etag"])


@pytest.mark.parametrize("path", PATHS)
def test_a_head_has_the_headers_of_the_get(world: "World", path: str) -> None:
    said, head = (world.ask(method, path, key=None, headers=GZIP) for method in ("GET", "HEAD"))
    # The gateway leaves the body out and keeps its length.
    assert (head.status, head.headers, head.body) == (200, said.headers, said.body)


class CountedApp:
    """Generates a document, and counts how often."""

    made = 0

    def document(self) -> dict[str, Any]:
        self.made += 1
        return {"openapi": "3.1.0", "servers": [{"url": "/"}]}


def test_the_document_is_generated_once_for_all_requests_and_domains() -> None:
    app: Any = CountedApp()
    documentation = Documentation(app.document, "")
    for number in range(2 * 10):
        event = request_event("GET", "/openapi.json")
        event["requestContext"]["domainName"] = f"{number % 10}.example.com"
        answer = documentation.answer(event)
        assert answer
        assert json.loads(answer["body"]) == {"openapi": "3.1.0", "servers": [{"url": f"https://{number % 10}.example.com"}]}
    assert app.made == 1


@pytest.mark.parametrize(
    ("base", "path"), [("https://api.example.com", "/openapi.json"), ("https://api.example.com/clips", "/clips/openapi.json")]
)
def test_the_document_names_the_public_base_url_whatever_domain_was_asked(world: "World", base: str, path: str) -> None:
    for asked, domain in ((path, "api.example.com"), ("/openapi.json", "abcdefghij.execute-api.us-east-1.amazonaws.com")):
        assert _ask(world, "GET", asked, domain=domain, public_base_url=base).json["servers"] == [{"url": base}]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_deployment_without_documentation_answers_404(world: "World", path: str, method: str) -> None:
    said = _ask(world, method, path, serve_docs=False)
    assert (said.status, said.json["code"], said.headers["content-type"]) == (404, "not_found", "application/problem+json")


@pytest.mark.parametrize(
    ("serve_docs", "detail"), [(True, "This path does not exist; /docs lists all paths."), (False, "This path does not exist.")]
)
def test_an_unknown_path_names_the_documentation_only_where_there_is_one(world: "World", serve_docs: bool, detail: str) -> None:
    assert _ask(world, "GET", "/nothing", serve_docs=serve_docs).json["detail"] == detail
