"""docs/reference/models.md says what the entries say."""

from pathlib import Path

from tools.docs.models import page


def test_the_page_of_models_is_the_one_that_the_entries_make() -> None:
    assert Path("docs/reference/models.md").read_text() == page()
