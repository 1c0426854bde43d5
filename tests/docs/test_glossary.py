"""docs/glossary.md defines each word once, in one sentence."""

from tests.support.documents import TEXTS, table

ROWS = table(TEXTS["docs/glossary.md"], "word | meaning")
WORDS = [row[0] for row in ROWS]


def test_the_words_are_sorted_and_each_is_there_once() -> None:
    assert sorted(set(WORDS), key=str.lower) == WORDS


def test_each_word_is_explained_in_one_sentence() -> None:
    meanings = [row[1].strip("| ") for row in ROWS]
    assert [meaning for meaning in meanings if not meaning.endswith(".") or ". " in meaning] == []


def test_the_words_that_are_ours_are_defined() -> None:
    ours = {"claim", "evidence", "unconfirmed", "grace", "sweep", "slot", "link", "simulator", "simulation", "run", "tenant", "intent"}
    assert ours <= set(WORDS)
