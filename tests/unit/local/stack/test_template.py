"""Reading the template: expansion, intrinsic functions and the list of resource types."""

from pathlib import Path
from typing import Any

import pytest

from local.stack.intrinsics import CreatedResource, Resolver, parameter_values
from local.stack.resource_types import RESOURCE_TYPES, CloudOnly
from local.stack.template import Template, TemplateError, read
from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def product() -> Template:
    return read(ROOT / "template.yaml", {})


def resolver(body: dict[str, Any], values: dict[str, Any] | None = None, resources: dict[str, CreatedResource] | None = None) -> Resolver:
    return Resolver(Template(ROOT, body), values or {}, (resources or {}).__getitem__)


def test_every_resource_type_in_the_template_is_listed(product: Template) -> None:
    used = {resource["Type"] for resource in product.section("Resources").values()}
    assert used - set(RESOURCE_TYPES) == set()


def test_every_listed_resource_type_is_in_the_template(product: Template) -> None:
    used = {resource["Type"] for resource in product.section("Resources").values()}
    assert set(RESOURCE_TYPES) - used == set()


def test_every_cloud_only_type_has_a_reason() -> None:
    reasons = [kind.reason for kind in RESOURCE_TYPES.values() if isinstance(kind, CloudOnly)]
    assert reasons
    assert all(len(reason) > 20 for reason in reasons)


def test_an_expanded_function_contains_the_path_of_its_code(product: Template) -> None:
    code = product.section("Resources")["PollFunction"]["Properties"]["Code"]
    assert code["S3Key"] == "functions/poll"


def test_an_expanded_state_machine_contains_its_definition_file_and_substitutions(product: Template) -> None:
    properties = product.section("Resources")["VideoStateMachine"]["Properties"]
    assert properties["DefinitionS3Location"]["Key"] == "statemachine/video.asl.json"
    assert "SubmitFunctionArn" in properties["DefinitionSubstitutions"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read"),
        ("Resources: [", "is not YAML"),
        ("just text", "has no Resources"),
        ("Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function}}", "F"),
    ],
)
def test_an_invalid_template_is_a_one_line_error(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "template.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(TemplateError, match=message) as caught:
        read(path, {})
    assert "\n" not in str(caught.value)


def test_the_environments_region_is_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    path = tmp_path / "template.yaml"
    path.write_text("Transform: AWS::Serverless-2016-10-31\nResources: {T: {Type: AWS::SNS::Topic}}")
    read(path, {})
    import os

    assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"Ref": "Days"}, "30"),
        ({"Ref": "Table"}, "videos"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:table"),
        ({"Fn::GetAtt": "Table.Arn"}, "arn:table"),
        ({"Fn::Sub": "${Table.Arn}/index/${Days}/${!literal}"}, "arn:table/index/30/${literal}"),
        ({"Fn::Sub": ["${Table}-${Other}", {"Other": {"Ref": "Days"}}]}, "videos-30"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Days"}, True]]}, "a-30-true"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::FindInMap": ["Step", "Submit", "Seconds"]}, 180),
        ({"Fn::If": ["Always", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Never", "yes", {"a": [{"Ref": "Days"}]}]}, {"a": ["30"]}),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
    ],
)
def test_an_intrinsic_function_resolves_to_its_value(expression: Any, value: Any) -> None:
    body = {
        "Mappings": {"Step": {"Submit": {"Seconds": 180}}},
        "Conditions": {
            "Always": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Days"}, ""]}]},
            "Never": {"Fn::And": [{"Condition": "Always"}, {"Fn::Equals": ["a", "b"]}]},
        },
    }
    resources = {"Table": CreatedResource("videos", {"Arn": "arn:table"})}
    assert resolver(body, {"Days": "30"}, resources).resolve(expression) == value


def test_an_unknown_attribute_is_reported_by_name() -> None:
    with pytest.raises(TemplateError, match=r"Table\.Colour"):
        resolver({}, resources={"Table": CreatedResource("videos")}).resolve({"Fn::GetAtt": ["Table", "Colour"]})


def test_a_parameter_without_value_and_default_is_reported_by_name() -> None:
    with pytest.raises(TemplateError, match="Needed"):
        parameter_values(Template(ROOT, {"Parameters": {"Needed": {"Type": "String"}}}), {})


def test_a_given_parameter_overrides_its_default() -> None:
    template = Template(ROOT, {"Parameters": {"Days": {"Type": "Number", "Default": 30}}})
    assert parameter_values(template, {"Days": "7"}) == {"Days": "7"}
    assert parameter_values(template, {}) == {"Days": "30"}
