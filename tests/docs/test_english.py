"""The documents use the standard term, not the translated one."""

import re

import pytest

from tests.support.documents import TEXTS, WRITTEN, prose

# What is not said, and what is said instead; decisions quote old names in code, which is not looked at.
REPLACED = {
    r"reckon\w*": "calculate",
    r"mend(s|ed|ing)?": "fix",
    r"beside": "in addition to, next to",
    r"films?": "video",
    r"anew": "again",
    r"afresh": "again",
    r"unforeseen": "unexpected",
    r"picked up": "restarted",
    r"is told|are told": "is notified",
    r"lies? in": "is stored in",
    r"by itself": "automatically, alone",
    r"owners? of (the|a) deployment": "operator",
}


@pytest.mark.parametrize("document", WRITTEN)
def test_a_document_uses_the_standard_term(document: str) -> None:
    found = {
        (match[0], better) for word, better in REPLACED.items() for match in re.finditer(rf"\b(?:{word})\b", prose(TEXTS[document]), re.I)
    }
    assert found == set()
