"""docs/faces.md and the page of each foreign API say what their code does."""

import re
from importlib import import_module
from typing import get_args

import pytest

from cliprelay.api.myrouter.order import EVENTS_HEADER, URL_HEADER
from cliprelay.faces.myrouter import WORDS
from cliprelay.orders.origin import FaceName
from cliprelay.video.states import Status
from tests.support.documents import TEXTS, names, table

OVERVIEW, MYROUTER = TEXTS["docs/faces.md"], TEXTS["docs/myrouter.md"]
STATUSES = table(OVERVIEW, "ours | OpenAI | Ark | MyRouter")
# By column: where the words of an API stand.
COLUMNS = [("openai", 1, "STATUSES"), ("ark", 2, "WORDS"), ("myrouter", 3, "WORDS")]


@pytest.mark.parametrize(("face", "column", "words"), COLUMNS)
def test_the_table_has_the_status_words_of_every_api(face: str, column: int, words: str) -> None:
    module = pytest.importorskip(f"cliprelay.faces.{face}")
    shown = {Status(ours): names(row[column])[0] for row in STATUSES for ours in names(row[0])}
    assert shown == dict(getattr(module, words))


def test_every_foreign_api_has_a_column_and_its_prefix() -> None:
    assert [face for face, _, _ in COLUMNS] == list(get_args(FaceName))
    prefixes = [import_module(f"cliprelay.api.{face}.routes").FACE.prefix for face in get_args(FaceName)]
    urls = re.findall(r"`https://clips\.example\.com(/\S+)?`", OVERVIEW)
    # The clients of MyRouter's API add its prefix themselves.
    assert {*prefixes} - {*urls} == {"/v3"}


def test_the_page_of_myrouter_has_its_statuses_and_headers() -> None:
    rows = table(MYROUTER, "status of the video | `task.status`")
    assert {Status(ours): names(row[1])[0] for row in rows for ours in names(row[0])} == WORDS
    assert [header for header in (URL_HEADER, EVENTS_HEADER) if f"`{header}`" not in MYROUTER] == []


def test_the_page_of_the_clients_leads_to_the_overview() -> None:
    assert "(faces.md)" in TEXTS["docs/clients.md"]
