"""docs/reference/openapi.json is what the API serves."""

from pathlib import Path

from tools.docs.openapi import document


def test_the_committed_document_is_the_one_that_the_api_serves() -> None:
    assert Path("docs/reference/openapi.json").read_text(encoding="utf-8") == document()
