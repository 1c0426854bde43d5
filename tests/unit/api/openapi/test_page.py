"""The page at /docs: complete in itself, and allowed nothing but its own script, its own style and its own description."""

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from cliprelay.api.openapi.page import page

if TYPE_CHECKING:
    from tests.support.world import World

HTML, POLICY = page()


def _inline(tag: str) -> str:
    (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", HTML, re.DOTALL)
    return str(text)


def _directives() -> dict[str, str]:
    return dict(directive.strip().split(" ", 1) for directive in POLICY.split(";"))


@pytest.mark.parametrize(("directive", "tag"), [("script-src", "script"), ("style-src", "style")])
def test_the_policy_allows_exactly_the_page_s_own_inline_text(directive: str, tag: str) -> None:
    digest = base64.b64encode(hashlib.sha256(_inline(tag).encode()).digest()).decode()
    assert _directives()[directive] == f"'sha256-{digest}'"


def test_the_policy_forbids_everything_else() -> None:
    others = {name: value for name, value in _directives().items() if name not in ("script-src", "style-src")}
    assert others == {
        "default-src": "'none'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_the_page_is_sent_with_its_policy(world: "World") -> None:
    said = world.ask("GET", "/docs", key=None)
    assert (said.body, said.headers["content-security-policy"]) == (HTML, POLICY)
    assert (said.headers["content-type"], said.headers["referrer-policy"]) == ("text/html; charset=utf-8", "no-referrer")


def test_the_page_names_no_other_host_and_finds_the_description_next_to_itself() -> None:
    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", HTML) == []
    # Relative, so that it also works below a custom domain's path.
    assert set(re.findall(r'(?:href=|fetch\()"([^"#]*)"', HTML)) == {"openapi.json"}


@pytest.mark.parametrize("sink", ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "style=", "onclick="])
def test_no_text_of_the_description_can_become_markup_or_code(sink: str) -> None:
    assert sink not in HTML


def test_the_page_fits_phones_and_dark_screens_and_keyboards() -> None:
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in HTML
    for needed in ("prefers-color-scheme: dark", "@media (max-width: 60rem)", ":focus-visible", 'class="skip"', "<noscript>"):
        assert needed in HTML
