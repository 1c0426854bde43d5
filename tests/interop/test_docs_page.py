"""The page at /docs in a real browser, with its policy in force: whatever the description says is on the page."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.api.http.error_codes import CODES
from local.gateway.cors import Cors
from local.gateway.server import ApiServer, Gateway
from local.lambda_runtime.sandbox import InvocationResult
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from tests.support.world import World

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs/reference/openapi.json").read_text())
OPERATIONS = {made["operationId"]: (method, path, made) for path, item in DOCUMENT["paths"].items() for method, made in item.items()}

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed; tests/unit/api/openapi checks the parts of the page")


class Cards(HTMLParser):
    """The text of each card of the page, by its id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: dict[str, str] = {}
        self._depth, self._id = 0, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter a card, or a fold within one."""
        if tag == "details":
            self._depth += 1
            self._id = dict(attrs).get("id") or self._id

    def handle_endtag(self, tag: str) -> None:
        """Leave a card, or a fold within one."""
        if tag == "details":
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        """Add a text to its card."""
        if self._depth:
            self.text[self._id] = self.text.get(self._id, "") + data


@pytest.fixture
def serve(world: "World") -> Iterator[Callable[[str], str]]:
    """Serve the API below a path, and return its URL."""
    server = ApiServer(0)

    def start(base_path: str) -> str:
        front = world.front(public_base_url=server.url + base_path)
        gateway = Gateway(lambda event: InvocationResult(json.dumps(front.answer(event, None))), "api", Cors({}), base_path=base_path)
        server.start(gateway)
        return server.url + base_path

    yield start
    server.stop()


def _cards(url: str, folder: Path) -> dict[str, str]:
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--virtual-time-budget=5000", "--dump-dom"]
    command = [str(BROWSER), *options, f"--user-data-dir={folder}", f"{url}/docs"]
    dumped = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)  # noqa: S603
    return Cards(dumped.stdout).text


def test_the_page_shows_every_operation_parameter_status_code_field_and_an_example(serve: Callable[[str], str], tmp_path: Path) -> None:
    url = serve("/clips")
    cards = _cards(url, tmp_path)
    schemas = DOCUMENT["components"]["schemas"]
    assert set(cards) == {"menu", *OPERATIONS, *(f"schema-{name}" for name in schemas)}
    for name, (method, path, operation) in OPERATIONS.items():
        shown = cards[name]
        wanted = [method.upper(), path, operation["summary"], *operation["responses"], "curl"]
        wanted += [parameter["name"] for parameter in operation.get("parameters", [])]
        assert [each for each in wanted if each not in shown] == []
        # A curl command that works below a custom domain's path.
        assert f"'{url}{path.partition('{')[0]}" in shown
    for name, schema in schemas.items():
        assert [field for field in schema.get("properties", {}) if field not in cards[f"schema-{name}"]] == []
    assert [code for code in CODES if code not in "".join(cards[name] for name in OPERATIONS)] == []
    assert [text for text in ("undefined", "[object", "NaN") if text in "".join(cards.values())] == []
