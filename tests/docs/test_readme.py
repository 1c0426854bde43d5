"""The README is short, and its request and answer are real."""

import json
import re

from cliprelay.api.v1.schemas.videos import VideoAnswer
from cliprelay.orders.quote import quote
from tests.support.documents import TEXTS, blocks, example, table
from tests.support.makers import read_order
from tests.support.paths import ROOT

README = TEXTS["README.md"]
ANSWER = example(README, "video")
(PASTED,) = (block for block in blocks(README, "sh") if "curl" in block)
(TEMPLATE,) = re.findall(r"^printf '(.*)' \\$", PASTED, re.MULTILINE)
ORDER = json.loads(TEMPLATE.replace("%s", "iVBORw0KGgo=")) | {"image": "https://assets.example.com/lighthouse.png"}


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 170


def test_each_of_the_five_failures_has_an_answer() -> None:
    rows = table(README, "calling the API directly")
    assert len(rows) == 5
    assert all(len(row) == 2 and row[1].strip("| ") for row in rows)


def test_every_page_of_the_documents_is_reached_from_the_readme() -> None:
    pages = {name for name in TEXTS if name.count("/") == 1 and name.startswith("docs/")}
    assert pages <= set(re.findall(r"\]\((docs/[\w.-]+\.md)", README))


def test_the_order_is_accepted() -> None:
    assert read_order(ORDER).metadata == ORDER["metadata"]


def test_the_answer_has_the_form_the_settings_and_the_cost_of_that_order() -> None:
    VideoAnswer.model_validate(ANSWER)
    order = read_order(ORDER)
    costs = quote(order.entry, order.spec, order.given, order.sizes)
    assert ANSWER["request"] == order.settings
    assert ANSWER["metadata"] == ORDER["metadata"]
    assert ANSWER["cost"] == {"tokens": costs["tokens"], "usd": costs["usd"]["request"], "estimated": True, "settled": True}


def test_what_the_demo_is_said_to_print_is_what_it_prints() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "local/demo").glob("*.py"))
    (shown,) = (block for block in blocks(README, "text") if block.startswith("== "))
    headings = re.findall(r"^== (.+)$", shown, re.MULTILINE)
    labels = re.findall(r"^  ([A-Z][\w-]+(?: [a-z]+)?) +\S", shown, re.MULTILINE)
    assert headings
    assert [each for each in (*headings, *labels) if f'"{each}' not in source] == []


def test_curl_fails_when_the_service_refuses() -> None:
    calls = re.findall(r"curl [^|;]*", PASTED)
    assert len(calls) == 3
    assert [call for call in calls if not call.startswith(("curl -fsS ", "curl -fsSL "))] == []
