"""The console as served: one copy of small files, one strict policy, relative addresses, and nothing at all when it is off."""

import base64
import gzip
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest

from cliprelay.api.console import FILES, PAGE, Console, policy
from tests.support.api_response import ApiResponse
from tests.support.makers import request_event

if TYPE_CHECKING:
    from tests.support.world import World

NAMES = sorted(path.name for path in FILES.iterdir())
PATHS = ["/console", *(f"/console/{name}" for name in NAMES if name != PAGE)]
GZIP = {"Accept-Encoding": "gzip"}
# Of all files together, and of the answers that a first visit gets.
MOST_BYTES, MOST_ZIPPED, MOST_SENT = 60_000, 20_000, 24_000


def _ask(world: "World", method: str, path: str, headers: dict[str, str] | None = None, **parts: Any) -> ApiResponse:
    return ApiResponse(world.front(**parts).answer(request_event(method, path, headers=headers), None))


def _text(name: str) -> str:
    return (FILES / name).read_text(encoding="utf-8")


def test_the_console_is_small(world: "World") -> None:
    files = [path.read_bytes() for path in sorted(FILES.iterdir())]
    sent = [len(base64.b64decode(_ask(world, "GET", path, GZIP).body)) for path in PATHS]
    assert sum(map(len, files)) <= MOST_BYTES
    assert len(gzip.compress(b"".join(files))) <= MOST_ZIPPED
    assert sum(sent) <= MOST_SENT


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/console", "text/html; charset=utf-8"),
        ("/console/app.js", "text/javascript; charset=utf-8"),
        ("/console/style.css", "text/css; charset=utf-8"),
        ("/console/icon.svg", "image/svg+xml"),
    ],
)
def test_a_file_is_served_with_its_type_and_without_a_key(world: "World", path: str, kind: str) -> None:
    said = _ask(world, "GET", path)
    assert (said.status, said.headers["content-type"]) == (200, kind)
    assert said.body == _text(path.rpartition("/")[2] if path != "/console" else PAGE)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [{}, GZIP])
def test_a_browser_asks_each_time_and_gets_304(world: "World", path: str, headers: dict[str, str]) -> None:
    first = _ask(world, "GET", path, headers)
    assert (first.status, first.headers["cache-control"], first.headers["vary"]) == (200, "no-cache", "Accept-Encoding")
    again = _ask(world, "GET", path, headers | {"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, "", first.headers["etag"])


@pytest.mark.parametrize("path", ["/", "/console/", *PATHS])
def test_a_head_has_the_headers_of_the_get(world: "World", path: str) -> None:
    said, head = (_ask(world, method, path) for method in ("GET", "HEAD"))
    assert (head.status, head.headers) == (said.status, said.headers)


@pytest.mark.parametrize("path", ["/", "/console/", *PATHS])
def test_every_answer_has_the_same_strict_policy(world: "World", path: str) -> None:
    headers = _ask(world, "GET", path).headers
    bucket = urlsplit(world.store.presign("any", seconds=60))
    assert headers["content-security-policy"] == policy(f"{bucket.scheme}://{bucket.netloc}")
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_the_policy_allows_the_api_and_the_bucket_and_no_inline_code() -> None:
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy("https://b.s3.us-east-1.amazonaws.com").split(";"))
    bucket = "https://b.s3.us-east-1.amazonaws.com"
    assert rules == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": f"'self' {bucket}",
        "img-src": f"'self' blob: {bucket}",
        "media-src": f"'self' {bucket}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_an_upload_form_leads_to_a_host_of_the_policy(world: "World") -> None:
    form = urlsplit(world.uploads.offer("any", "image/png", 100).url)
    assert f" {form.scheme}://{form.netloc};" in _ask(world, "GET", "/console").headers["content-security-policy"]


@pytest.mark.parametrize("base", ["", "/clips", "/a/b"])
@pytest.mark.parametrize("path", ["/", "/console/"])
def test_other_addresses_lead_to_the_console_below_any_base_path(world: "World", base: str, path: str) -> None:
    said = _ask(world, "GET", base + path, public_base_url=f"https://api.example.com{base}")
    assert said.status == 302
    assert urljoin(f"https://api.example.com{base}{path}", said.headers["location"]) == f"https://api.example.com{base}/console"


@pytest.mark.parametrize("base", ["", "/clips"])
def test_the_page_names_its_files_and_the_api_relatively(world: "World", base: str) -> None:
    page = _ask(world, "GET", f"{base}/console", public_base_url=f"https://api.example.com{base}").body
    for address in re.findall(r'(?:href|src)="([^"#]+)"', page):
        target = urlsplit(urljoin(f"https://api.example.com{base}/console", address)).path
        assert target.startswith(f"{base}/console/")
        assert _ask(world, "GET", target, public_base_url=f"https://api.example.com{base}").status == 200
    assert 'new URL("../v1/", import.meta.url)' in _text("api.js")


def test_every_module_is_imported_and_every_import_exists() -> None:
    scripts = {name: set(re.findall(r'from "\./([a-z]+\.js)"', _text(name))) for name in NAMES if name.endswith(".js")}
    assert set().union(*scripts.values()) | {"app.js"} == set(scripts)


@pytest.mark.parametrize("name", NAMES)
def test_no_file_names_a_host_or_makes_markup_of_text(name: str) -> None:
    text = _text(name).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://(?!\")[a-z]|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|style=|<script>", text)
    assert not re.search(r"\son[a-z]+=", _text(name)) or not name.endswith(".html")


@pytest.mark.parametrize(
    "path", ["/console/index.html", "/console/nothing.js", "/console/../settings.py", "/console/app.js/", "/consoles", "//console"]
)
def test_any_other_path_does_not_exist(world: "World", path: str) -> None:
    said = _ask(world, "GET", path)
    assert (said.status, said.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/", *PATHS])
def test_the_console_only_reads(world: "World", path: str) -> None:
    said = _ask(world, "POST", path)
    assert (said.status, said.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/", "", "/clips/", "/console", "/console/", "/console/app.js"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_deployment_without_console_answers_404(world: "World", method: str, path: str) -> None:
    said = _ask(world, method, path, serve_console=False, public_base_url="https://api.example.com/clips")
    assert (said.status, said.json["code"], said.headers["content-type"]) == (404, "not_found", "application/problem+json")


def test_the_files_are_read_when_the_console_is_asked_for(world: "World", monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    read = Path.read_text

    def noted(path: Path, encoding: str) -> str:
        opened.append(path.name)
        return read(path, encoding)

    monkeypatch.setattr(Path, "read_text", noted)
    console = Console(world.store)
    assert console.answer(request_event("GET", "/v1/videos")) is None
    assert console.answer(request_event("GET", "/")) is not None
    assert opened == []
    console.answer(request_event("GET", "/console"))
    console.answer(request_event("GET", "/console/app.js"))
    assert sorted(opened) == NAMES
