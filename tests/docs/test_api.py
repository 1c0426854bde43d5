"""docs/api.md shows what the API does: its tables, its JSON and its numbers."""

import json
import re
from dataclasses import replace
from typing import Any

from cliprelay.api.http.problems import problem_body
from cliprelay.api.http.schemas import ProblemAnswer
from cliprelay.api.http.strict_json import MOST_VALUES
from cliprelay.api.v1.schemas.quotes import QuoteAnswer
from cliprelay.api.v1.schemas.videos import VideoAnswer
from cliprelay.catalog.registry import Offer
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.errors import invalid_request
from cliprelay.orders.invalid_order import InvalidOrder
from cliprelay.orders.order import order_type
from cliprelay.orders.parser import OrderParser
from cliprelay.orders.quote import quote
from cliprelay.orders.warnings import warnings_of
from cliprelay.video.states import TERMINAL, Status
from tests.support.documents import TEXTS, example, examples, names, table
from tests.support.makers import read_order
from tests.support.paths import ROOT

API = TEXTS["docs/api.md"]
ORDER, FAULTY = (each for each in examples(API) if "image" in each)
(PROBLEM,) = (each for each in examples(API) if "errors" in each)
QUOTE = example(API, "quote")
OPENAPI: dict[str, Any] = json.loads((ROOT / "docs/reference/openapi.json").read_text())
SOURCE = "\n".join(path.read_text() for path in (ROOT / "layers/cliprelay/python").rglob("*.py"))


def _shown_routes() -> set[tuple[str, str]]:
    """Every method and path of the table, with each placeholder as {}."""
    found = set()
    for row in table(API, "route | answer"):
        (*methods, last) = names(row[0])
        method, path = last.split(" ")
        path = re.sub(r"\{\w+\}", "{}", path.split("?")[0])
        found |= {(each, path) for each in [*methods, method]}
    return found


def test_the_routes_are_those_of_the_api() -> None:
    real = {(method.upper(), re.sub(r"\{\w+\}", "{}", path)) for path, methods in OPENAPI["paths"].items() for method in methods}
    # The description and the page about it describe the routes, not themselves.
    assert _shown_routes() == real | {(method, path) for method in ("GET", "HEAD") for path in ("/openapi.json", "/docs")}


def test_the_fields_and_their_defaults_are_those_of_an_order() -> None:
    real = []
    for name, field in order_type(IMAGE_TO_VIDEO, may_be_unnamed=True).model_fields.items():
        default = field.get_default(call_default_factory=True)
        real.append([f"`{name}`", "required" if field.is_required() else "none" if default is None else f"`{json.dumps(default)}`"])
    assert [row[:2] for row in table(API, "field | default")] == real


def test_the_members_of_the_answer_are_those_of_its_schema() -> None:
    shown = names(" ".join(row[0] for row in table(API, "field | meaning")))
    assert set(shown) == set(VideoAnswer.model_fields)


def test_the_states_are_those_of_the_code() -> None:
    rows = table(API, "status | meaning | ended")
    assert [row[0] for row in rows] == [f"`{status.value}`" for status in Status]
    assert {row[0] for row in rows if row[-1].strip("| ") == "yes"} == {f"`{status.value}`" for status in TERMINAL}


def test_the_codes_of_refusals_are_those_of_the_api() -> None:
    shown = {(int(row[0]), code) for row in table(API, "status | `code` | when") for code in names(row[1])}
    answers = (answer for methods in OPENAPI["paths"].values() for each in methods.values() for answer in each["responses"].items())
    real = {(int(status), code) for status, answer in answers for code in _codes(answer)}
    assert shown == real


def _codes(answer: dict[str, Any]) -> list[str]:
    schema = answer.get("content", {}).get("application/problem+json", {}).get("schema", {})
    return schema.get("properties", {}).get("code", {}).get("enum", [])


def test_the_order_is_accepted() -> None:
    assert read_order(ORDER).metadata == ORDER["metadata"]


def test_the_quote_is_that_of_the_order() -> None:
    order = read_order(ORDER)
    assert quote(order.entry, order.spec, order.given, order.sizes) == QUOTE
    QuoteAnswer.model_validate(QUOTE)


def test_the_warnings_are_those_that_an_order_can_get() -> None:
    spec = IMAGE_TO_VIDEO.spec({"prompt": "x" * 501 + " --dur 12", "generate_audio": True, "service_tier": "flex"})
    found = warnings_of(replace(IMAGE_TO_VIDEO, verified=False), spec, frozenset())
    codes = ["no_idempotency_key", *(warning["code"] for warning in found)]
    assert [row[0].strip("`") for row in table(API, "`code` | when |")] == codes


def test_the_warnings_about_images_are_those_of_the_source() -> None:
    (sentence,) = re.findall(r"^Three more are about the images.*$", API, re.MULTILINE)
    codes = [name for name in names(sentence) if "_" in name]
    assert len(codes) == 3
    assert [code for code in codes if f'"code": "{code}"' not in SOURCE] == []


def test_the_refusal_is_what_the_faulty_order_gets() -> None:
    read = OrderParser(Offer.of("")).read(FAULTY)
    assert isinstance(read, InvalidOrder)
    assert problem_body(invalid_request(read.complaints)) == PROBLEM
    ProblemAnswer.model_validate(PROBLEM)


def test_the_limit_of_values_is_that_of_the_code() -> None:
    assert f"A body: {MOST_VALUES} values." in API
