"""The OpenAPI document is valid and matches the routes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from cliprelay.api.app import build_app
from cliprelay.api.http.error_codes import CODES
from cliprelay.api.http.moments import Moment
from cliprelay.api.http.query import Day, Integer, Matching, OneOf, Parameter, Text
from cliprelay.api.v1.video_lists import IdempotencyKey, Ids
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.orders.relay_fields import OwnFields
from cliprelay.video.states import Status
from tests.support.makers import OwnedClock, any_body, any_video
from tests.support.world import World


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = World(OwnedClock(), "document").ask("GET", "/openapi.json", key=None).json
    return loaded


def _schema(document: dict[str, Any], name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


def _operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{method.upper()} {path}": operation for path, item in document["paths"].items() for method, operation in item.items()}


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_exactly_the_endpoints_and_their_methods_are_documented(document: dict[str, Any], world: World) -> None:
    documented = {(path, method.upper()) for path, item in document["paths"].items() for method in item}
    endpoints = {
        re.sub(r"<(\w+)>", r"{\1}", each.template): each for each in build_app(world.services()).endpoints.values() if each.face is None
    }
    hidden = {"/openapi.json", "/docs"}
    assert documented == {(path, method) for path, each in endpoints.items() for method in each.routes if path not in hidden}
    public = {path for path, item in document["paths"].items() for operation in item.values() if operation.get("security") == []}
    assert public | hidden == {path for path, each in endpoints.items() if each.is_public}
    assert public == {"/health", "/v1/links/{token}"}


def _documented(parameters: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the accepted values of each query parameter, by its name."""
    bounds = ("enum", "minimum", "maximum", "pattern", "format")
    query = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
    return {
        name: {key: value for part in [schema, *schema.get("anyOf", [])] for key, value in part.items() if key in bounds}
        for name, schema in query.items()
    }


def _checked(parameter: Parameter) -> dict[str, Any]:
    """Return what a route accepts, in the words of the document."""
    match parameter:
        case Integer():
            return {"minimum": parameter.low, "maximum": parameter.high}
        case OneOf():
            return {"enum": [str(each) for each in parameter.values]}
        case Day():
            return {"format": "date"}
        case Matching() | Moment() | Ids() | IdempotencyKey():
            return {"pattern": parameter.pattern}
        case Text():
            return {}
    raise AssertionError(parameter)


def test_the_routes_check_exactly_the_query_and_body_that_are_documented(document: dict[str, Any], world: World) -> None:
    status = document["components"]["schemas"]["Status"]
    endpoints = {re.sub(r"<(\w+)>", r"{\1}", each.template): each for each in build_app(world.services()).endpoints.values()}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            route = endpoints[path].routes[method.upper()]
            documented = _documented(operation.get("parameters", []))
            if "status" in documented:
                documented["status"] = {"enum": status["enum"]}
            assert documented == {name: _checked(parameter) for name, parameter in route.query.items()}
            assert ("requestBody" in operation) == (route.body is not None)


def test_an_ordered_video_links_to_every_operation_on_it(document: dict[str, Any]) -> None:
    about_one = {made["operationId"] for name, made in _operations(document).items() if "{video_id}" in name}
    answers = {made["operationId"]: made["responses"] for made in _operations(document).values()}
    for status in ("200", "202"):
        links = answers["createVideo"][status]["links"]
        assert {link["operationId"] for link in links.values()} == about_one
        assert all(link["parameters"] == {"video_id": "$response.body#/id"} for link in links.values())
    assert about_one - set(answers["getVideo"]["200"]["links"]) == {"getVideo"}


def test_every_operation_has_an_id_a_summary_and_its_security(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in _operations(document).values()]
    assert len(set(names)) == len(names)
    for name, operation in _operations(document).items():
        assert operation["summary"]
        takes_no_key = name == "GET /health" or "/v1/links/" in name
        assert (operation.get("security", document["security"]) == []) == takes_no_key
        assert ("401" in operation["responses"]) != takes_no_key


def _refused(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """List every documented refusal that has a body."""
    for name, operation in _operations(document).items():
        for status, answer in operation["responses"].items():
            if status >= "400" and not name.startswith("HEAD"):
                yield status, answer["content"]


def test_every_refusal_is_documented_as_a_problem_with_its_codes(document: dict[str, Any]) -> None:
    for status, content in _refused(document):
        if "application/problem+json" not in content:
            assert status in ("413", "429", "431", "503")
            assert list(content) == ["application/json"]
        else:
            schema = content["application/problem+json"]["schema"]
            assert schema["properties"]["status"] == {"const": int(status)}
            assert {CODES[code].status for code in schema["properties"]["code"]["enum"]} == {int(status)}


def test_every_code_in_the_sources_is_in_the_table_and_documented(document: dict[str, Any]) -> None:
    sources = "".join(path.read_text() for path in Path("layers/cliprelay/python/cliprelay").rglob("*.py"))
    assert set(re.findall(r'\b(?:Http)?Refusal\(\s*"(\w+)"', sources)) == set(CODES)
    problems = [content["application/problem+json"] for _, content in _refused(document) if "application/problem+json" in content]
    assert {code for problem in problems for code in problem["schema"]["properties"]["code"]["enum"]} == set(CODES)


def test_every_example_of_a_refusal_matches_its_schema(document: dict[str, Any]) -> None:
    for _, content in _refused(document):
        for problem in (kind for kind in content.values() if "examples" in kind):
            schema = Draft202012Validator({**problem["schema"], "components": document["components"]})
            assert [error for example in problem["examples"].values() for error in schema.iter_errors(example["value"])] == []


def test_every_response_documents_its_headers(document: dict[str, Any]) -> None:
    answers = _operations(document)
    named = {f"{name} {status}": set(said.get("headers", {})) for name in answers for status, said in answers[name]["responses"].items()}
    assert named["POST /v1/videos 202"] == {"Location", "Preference-Applied"}
    assert named["POST /v1/videos 200"] == {"Location", "Preference-Applied", "Idempotency-Replayed"}
    for name, headers in named.items():
        expected = {"302": {"Location"}, "401": {"WWW-Authenticate"}, "405": {"Allow"}, "503": {"Retry-After"}}.get(name[-3:])
        assert expected is None or headers == expected or name == "GET /health 503"


def test_the_body_of_an_order_is_documented_with_its_fields(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["SeedanceV15ProI2vOrder"]
    assert list(schema["properties"]) == [*(field.name for field in IMAGE_TO_VIDEO.fields), *OwnFields.model_fields]
    assert set(schema["required"]) == {"image", "prompt"}
    assert schema["additionalProperties"] is False
    assert schema["properties"]["duration"]["anyOf"][0]["minimum"] == 4


@pytest.mark.parametrize("status", Status)
def test_a_video_in_every_state_matches_the_document(world: World, document: dict[str, Any], status: Status) -> None:
    ending = {"object_key": "videos/acme/vid.mp4", "bytes": 5, "sha256": "ab"} if status is Status.SUCCEEDED else {}
    world.put(any_video(status=status, error={"code": "moderated", "message": "Refused."}, waiting_for="throttled", **ending))
    shown = world.ask("GET", f"/v1/videos/{any_video().id}").json
    assert list(_schema(document, "VideoAnswer").iter_errors(shown)) == []


def test_a_list_matches_the_document(world: World, document: dict[str, Any]) -> None:
    for number in range(3):
        world.put(any_video(id=f"vid_{number:026d}"))
    shown = world.ask("GET", "/v1/videos", query={"limit": "2"}).json
    assert list(_schema(document, "VideoList").iter_errors(shown)) == []


def test_every_kind_of_refusal_matches_the_document(world: World, document: dict[str, Any]) -> None:
    world.put(any_video())
    refusals = [
        world.ask("GET", "/nothing"),
        world.ask("PUT", "/v1/videos"),
        world.ask("GET", "/v1/videos", key=None),
        world.ask("POST", "/v1/videos", body="{"),
        world.ask("POST", "/v1/videos", body={"nonsense": 1}),
        world.ask("GET", f"/v1/videos/{any_video().id}/content"),
    ]
    assert [said.status for said in refusals] == [404, 405, 401, 400, 422, 409]
    for said in refusals:
        assert list(_schema(document, "ProblemAnswer").iter_errors(said.json)) == []


@pytest.mark.parametrize(
    ("method", "path", "shape", "status"),
    [
        ("POST", "/v1/videos", "SeedanceV15ProI2vOrder", 202),
        ("POST", "/v1/videos", "SeedanceV15ProT2vOrder", 202),
        ("POST", "/v1/quotes", "SeedanceV15ProI2vOrder", 200),
        ("PUT", "/v1/webhook", "WebhookOrder", 200),
        ("POST", "/v1/uploads", "UploadOrder", 201),
    ],
)
def test_every_example_of_a_request_is_accepted_and_answered_as_documented(
    world: World, document: dict[str, Any], method: str, path: str, shape: str, status: int
) -> None:
    said = world.ask(method, path, body=document["components"]["schemas"][shape]["example"])
    assert said.status == status
    answer = document["paths"][path][method.lower()]["responses"][str(status)]["content"]["application/json"]["schema"]
    assert list(_schema(document, answer["$ref"].rsplit("/", 1)[1]).iter_errors(said.json)) == []


def test_every_example_of_a_schema_matches_it(document: dict[str, Any]) -> None:
    shown = {name: schema["example"] for name, schema in document["components"]["schemas"].items() if "example" in schema}
    assert set(shown) >= {"VideoAnswer", "QuoteAnswer", "DeliveryAnswer", "UploadAnswer", "WebhookAnswer"}
    assert [error.message for name, example in shown.items() for error in _schema(document, name).iter_errors(example)] == []


@pytest.mark.parametrize("path", ["/health", "/v1/models", "/v1/models/seedance-v1.5-pro-i2v", "/v1/webhook"])
def test_every_response_of_a_get_matches_the_document(world: World, document: dict[str, Any], path: str) -> None:
    said = world.ask("GET", path)
    item = document["paths"]["/v1/models/{model}" if path.count("/") == 3 else path]
    answer = item["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert list(_schema(document, answer["$ref"].rsplit("/", 1)[1]).iter_errors(said.json)) == []


@pytest.mark.parametrize(
    "change", [{"duration": 3}, {"ratio": "5:4"}, {"seed": -2}, {"nonsense": 1}, {"watermark": "yes"}, {"prompt": None}], ids=str
)
def test_the_api_refuses_exactly_what_the_document_forbids(world: World, document: dict[str, Any], change: dict[str, Any]) -> None:
    schema = _schema(document, "VideoOrder")
    good, bad = any_body(), any_body(**change)
    assert (schema.is_valid(good), world.ask("POST", "/v1/videos", body=good).status) == (True, 202)
    assert (schema.is_valid(bad), world.ask("POST", "/v1/videos", body=bad).status) == (False, 422)


def test_the_document_is_independent_of_this_machine(world: World) -> None:
    body = world.ask("GET", "/openapi.json", key=None).body
    assert world.key not in body
    assert str(Path.cwd()) not in body
    assert json.loads(body)["info"]["title"] == "ClipRelay"


def test_an_order_has_one_schema_per_model_and_only_the_default_needs_no_name(document: dict[str, Any]) -> None:
    shapes = [shape["$ref"].rsplit("/", 1)[1] for shape in document["components"]["schemas"]["VideoOrder"]["oneOf"]]
    assert shapes == ["SeedanceV15ProI2vOrder", "SeedanceV15ProT2vOrder"]
    required = ["model" in document["components"]["schemas"][shape]["required"] for shape in shapes]
    assert required == [False, True]
    assert _schema(document, "VideoOrder").is_valid(any_body())
    for shape in shapes:
        example = document["components"]["schemas"][shape]["example"]
        assert [_schema(document, other).is_valid(example) for other in shapes] == [other == shape for other in shapes]
