"""How the check of versions judges; the check itself takes a minute and is run by hand."""

from typing import Any

import pytest

from tests.client_check.versions import judged, main

SENTENCE = "The server cannot list by ids; update the server."


def test_without_a_tag_the_version_has_to_be_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("tests.client_check.versions.latest_tag", lambda: "")
    assert main([]) == 2
    assert "make client-upgrade-check FROM=" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "is_wrong"),
    [
        ({"is_basic": True, "found": "vid_1"}, False),
        ({"is_basic": False, "error": "ServerTooOld", "text": SENTENCE}, False),
        ({"is_basic": True, "error": "ServerTooOld", "text": SENTENCE}, True),
        ({"is_basic": False, "error": "ServerTooOld", "text": "Not found."}, True),
        ({"is_basic": False, "error": "ServerTooOld", "text": f"{SENTENCE}\n{SENTENCE}"}, True),
        ({"is_basic": False, "error": "not ours: KeyError", "text": SENTENCE}, True),
    ],
)
def test_only_a_later_call_may_be_refused_with_one_sentence(line: dict[str, Any], is_wrong: bool) -> None:
    assert bool(judged({"call": "any", **line})) is is_wrong
