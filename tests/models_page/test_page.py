"""docs/models.md says what the entries say."""

from pathlib import Path

from tests.models_page.page import page


def test_the_page_of_models_is_the_one_that_the_entries_make() -> None:
    assert Path("docs/models.md").read_text() == page()
