"""Every function of the template is asked, and the API for each kind of answer that it has without a video."""

from typing import Any

from tests.support.paths import ROOT
from tests.support.product_template import product_template
from tools.build_check.questions import keyless, with_aws

TEMPLATE: dict[str, Any] = product_template()


def test_every_function_is_asked() -> None:
    functions = {name for name, part in TEMPLATE["Resources"].items() if part["Type"] == "AWS::Serverless::Function"}
    assert set(with_aws(ROOT, "any")) == functions


def test_the_api_is_asked_for_each_kind_of_answer() -> None:
    asked = {question.name: question.answer["statusCode"] for question in keyless(ROOT)["ApiFunction"]}
    assert asked == {
        "GET /health": 200,
        "GET /docs": 200,
        "GET /openapi.json": 200,
        "GET /v1/videos": 401,
        "GET /nothing": 404,
        "PUT /health": 405,
    }


def test_the_console_s_files_are_asked_for() -> None:
    asked = {question.name: question.answer["statusCode"] for question in with_aws(ROOT, "any")["ApiFunction"]}
    assert asked["GET /console/app.js"] == 200


def test_a_request_with_a_key_carries_its_key_and_its_body() -> None:
    _, quoted, _ = with_aws(ROOT, "the-key")["ApiFunction"]
    assert quoted.event["headers"]["authorization"] == "Bearer the-key"
    assert quoted.event["requestContext"]["http"]["method"] == "POST"
    assert int(quoted.event["headers"]["content-length"]) == len(quoted.event["body"])
