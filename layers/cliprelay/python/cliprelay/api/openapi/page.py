"""The page at /docs: three files in one answer, which loads nothing but /openapi.json and therefore works offline."""

import base64
import hashlib
from pathlib import Path

_FOLDER = Path(__file__).with_name("page")


def page() -> tuple[str, str]:
    """Return the page and its Content-Security-Policy, which allows exactly the page's own script and style."""
    html, style, script = ((_FOLDER / f"reference.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return html.replace("/*style*/", style).replace("/*script*/", script), policy


def _hash(text: str) -> str:
    """Return the source expression of an inline text: https://www.w3.org/TR/CSP3/#grammardef-hash-source"""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
