"""The gateway's own answers in the documents of foreign APIs."""

from typing import Any

import pytest

from cliprelay.api.ark.document import document as of_ark
from cliprelay.api.http.gateway_answers import with_gateway_answers
from cliprelay.api.myrouter.document import document as of_myrouter
from cliprelay.api.openai.document import document as of_openai
from cliprelay.catalog.registry import Offer

GATEWAY = {"$ref": "#/components/schemas/GatewayAnswer"}
OWN = {"description": "Refused.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
DOCUMENTS = {
    "ark": lambda: of_ark("https://api.example.com"),
    "openai": lambda: of_openai("https://api.example.com"),
    "myrouter": lambda: of_myrouter("https://api.example.com", Offer.of("")),
}


def _answers(responses: dict[str, Any], **operation: Any) -> dict[str, Any]:
    """Return the answers of an operation, those of all operations in their place."""
    paths = {"/videos": {"parameters": [], "get": {"responses": responses, **operation}}}
    document = with_gateway_answers({"paths": paths, "components": {"schemas": {}, "responses": {"Refused": OWN}}})
    shared = document["components"]["responses"]
    answers = document["paths"]["/videos"]["get"]["responses"]
    return {status: shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for status, each in answers.items()}


def test_an_operation_names_the_answers_that_come_before_it() -> None:
    answers = _answers({"200": {"description": "Yes."}})
    assert list(answers) == ["200", "429", "431", "503"]
    assert answers["431"]["content"]["application/json"]["schema"] == GATEWAY


def test_only_an_operation_with_a_body_can_have_too_large_a_one() -> None:
    assert "413" in _answers({}, requestBody={})


@pytest.mark.parametrize("own", [OWN, {"$ref": "#/components/responses/Refused"}])
def test_an_answer_of_the_api_stays_beside_that_of_the_gateway(own: dict[str, Any]) -> None:
    answer = _answers({"503": own})["503"]
    assert answer["description"] == "Refused. Or from the gateway."
    assert answer["content"]["application/json"]["schema"] == {"anyOf": [{"$ref": "#/components/schemas/Error"}, GATEWAY]}


def test_headers_of_an_answer_stay() -> None:
    own = OWN | {"headers": {"Retry-After": {"schema": {"type": "string"}}}}
    assert _answers({"429": own})["429"]["headers"] == own["headers"]


@pytest.mark.parametrize("face", DOCUMENTS)
def test_each_foreign_api_names_them_however_often_its_document_is_read(face: str) -> None:
    first, second = DOCUMENTS[face](), DOCUMENTS[face]()
    assert first == second
    operations = [each for path in first["paths"].values() for method, each in path.items() if method != "parameters"]
    assert all({"429", "431", "503"} <= set(each["responses"]) for each in operations)
