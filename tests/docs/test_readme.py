"""What the README shows is what the code does: its tables, its JSON and its commands."""

import argparse
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from cliprelay.api.http.problems import problem_body
from cliprelay.api.http.schemas import ProblemAnswer
from cliprelay.api.v1.schemas.quotes import QuoteAnswer
from cliprelay.api.v1.schemas.videos import VideoAnswer
from cliprelay.catalog.registry import Offer
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.errors import invalid_request
from cliprelay.notifications.message import announce
from cliprelay.orders.order import order_type
from cliprelay.orders.parser import InvalidOrder, Reader
from cliprelay.orders.quote import quote
from cliprelay.orders.warnings import warnings_of
from cliprelay.video.states import TERMINAL, Status
from local.serve import options
from tests.support.makers import NOW, any_video, read_order

README = Path("README.md").read_text()
TEMPLATE: dict[str, Any] = yaml_parse(Path("template.yaml").read_text())
EXAMPLES = [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```", README, re.DOTALL | re.MULTILINE)]
ORDER, FAULTY = (example for example in EXAMPLES if "image" in example)
(ANSWER,) = (example for example in EXAMPLES if example.get("object") == "video")
(PROBLEM,) = (example for example in EXAMPLES if "errors" in example)
(QUOTE,) = (example for example in EXAMPLES if example.get("object") == "quote")
(EVENT,) = (example for example in EXAMPLES if str(example.get("type")).startswith("video."))


def table(header: str) -> list[list[str]]:
    """The cells of the one table that begins with this line, without header and rule."""
    (rows,) = re.findall(rf"^\| {re.escape(header)}.*\n\|[ |-]+\n((?:\|.*\n)+)", README, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows.strip().split("\n")]


def shown(value: object) -> str:
    """A default as the tables write it."""
    return "empty" if value == "" else f"`{value}`"


def test_the_parameters_are_those_of_the_template() -> None:
    parameters = TEMPLATE["Parameters"].items()
    real = [[f"`{name}`", shown(part["Default"]), part["Description"]] for name, part in parameters]
    assert table("parameter | default") == real


def test_the_fields_and_their_defaults_are_those_of_an_order() -> None:
    real = []
    for name, field in order_type(IMAGE_TO_VIDEO, may_be_unnamed=True).model_fields.items():
        default = field.get_default(call_default_factory=True)
        real.append([f"`{name}`", "required" if field.is_required() else "none" if default is None else f"`{json.dumps(default)}`"])
    assert [row[:2] for row in table("field | default")] == real


def test_the_states_are_those_of_the_code() -> None:
    rows = table("status | meaning | ends")
    assert [row[0] for row in rows] == [f"`{status.value}`" for status in Status]
    assert {row[0] for row in rows if row[-1].strip("| ") == "yes"} == {f"`{status.value}`" for status in TERMINAL}


def test_the_members_of_the_answer_are_those_of_its_schema() -> None:
    names = re.findall(r"`(\w+)`", " ".join(row[0] for row in table("member | meaning")))
    assert set(names) == set(VideoAnswer.model_fields)


def test_the_flags_of_the_local_service_are_those_of_its_command_line() -> None:
    parser: argparse.ArgumentParser = options._parser()
    real = [option for action in parser._actions for option in action.option_strings if option not in ("-h", "--help")]
    assert [re.findall(r"--[\w-]+", row[0])[0] for row in table("flag | meaning")] == real


def test_the_order_is_accepted() -> None:
    assert read_order(ORDER).metadata == ORDER["metadata"]


def test_the_answer_has_the_form_and_the_settings_of_that_order() -> None:
    VideoAnswer.model_validate(ANSWER)
    assert ANSWER["request"] == read_order(ORDER).settings()
    assert ANSWER["metadata"] == ORDER["metadata"]


def test_the_quote_is_that_of_the_order() -> None:
    order = read_order(ORDER)
    assert quote(order.entry, order.settings(), order.given, order.sizes) == QUOTE
    assert ANSWER["cost"] == {"tokens": QUOTE["tokens"], "usd": QUOTE["usd"]["request"], "estimated": True, "settled": True}
    QuoteAnswer.model_validate(QUOTE)


def test_the_warnings_are_those_that_an_order_can_get() -> None:
    settings = {"prompt": "x" * 501, "generate_audio": True, "service_tier": "flex"}
    found = warnings_of(replace(IMAGE_TO_VIDEO, verified=False), settings, frozenset())
    codes = ["no_idempotency_key", *(warning["code"] for warning in found)]
    listed = re.findall(r"^\| `(\w+)` \| ", README.split("A warning stops nothing.")[1].split("### Refusals")[0], re.MULTILINE)
    assert listed == ["code", *codes]


def test_the_refusal_is_what_the_faulty_order_gets() -> None:
    read = Reader(Offer.of("")).read(FAULTY)
    assert isinstance(read, InvalidOrder)
    assert problem_body(invalid_request(read.complaints)) == PROBLEM
    ProblemAnswer.model_validate(PROBLEM)


def test_the_event_has_the_members_of_a_real_one() -> None:
    file = {"bytes": 1, "sha256": "0" * 64, "object_key": "videos/acme/vid.mp4", "link": "A" * 43, "expires_at": 1}
    video = any_video(status=Status.SUCCEEDED, event_id="evt_1", event_at="any", **file)
    real = json.loads(announce(video, url="https://any.example.com", url_expires_at=str(NOW + timedelta(hours=1))).data)
    assert list(EVENT) == list(real)
    assert list(EVENT["data"]) == list(real["data"])
    assert list(EVENT["data"]["video"]) == list(real["data"]["video"])


def test_each_function_can_be_invoked_with_its_event() -> None:
    invoked = re.findall(r"^sam local invoke (\w+) -e (\S+) --env-vars", README, re.MULTILINE)
    real = [name for name, part in TEMPLATE["Resources"].items() if part["Type"] == "AWS::Serverless::Function"]
    assert sorted(name for name, _ in invoked) == sorted(real)
    assert all(Path(event).stem == name.removesuffix("Function").lower() for name, event in invoked)
