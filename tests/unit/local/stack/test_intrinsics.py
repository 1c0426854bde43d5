"""CloudFormation's functions: each gives what CloudFormation gives, and what cannot be resolved is named."""

from pathlib import Path
from typing import Any

import pytest

from local.stack.intrinsics import CreatedResource, Resolver, parameter_values
from local.stack.template import Template, TemplateError

BODY = {
    "Mappings": {"Sizes": {"small": {"memory": 128}}},
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}, "IsTest": {"Fn::Not": [{"Condition": "IsProd"}]}},
    "Parameters": {"Stage": {"Type": "String", "Default": "test"}, "Ports": {"Type": "CommaDelimitedList", "Default": "443, 8443"}},
}
VALUES = {"Stage": "test", "Flag": True, "AWS::Region": "us-east-1", "Ports": ["443", "8443"]}
QUEUE = CreatedResource("https://queue", {"Arn": "arn:queue"})


def _resolve(node: Any) -> Any:
    return Resolver(Template(Path(), BODY), VALUES, {"Queue": QUEUE}.__getitem__).resolve(node)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Stage"}, "test"),
        ({"Ref": "Queue"}, "https://queue"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:queue"),
        ({"Fn::GetAtt": "Queue.Arn"}, "arn:queue"),
        ({"Fn::Sub": "${Stage}-${Queue.Arn}-${!Kept}-${Flag}"}, "test-arn:queue-${Kept}-true"),
        ({"Fn::Sub": ["${Own}-${Stage}", {"Own": {"Ref": "Queue"}}]}, "https://queue-test"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}, 1, False]]}, "a-test-1-false"),
        ({"Fn::Select": [1, {"Fn::Split": ["-", "a-b-c"]}]}, "b"),
        ({"Fn::Select": [0, {"Ref": "Ports"}]}, "443"),
        ({"Fn::FindInMap": ["Sizes", "small", "memory"]}, 128),
        ({"Fn::If": ["IsProd", 1, 2]}, 2),
        ({"Fn::If": ["IsTest", {"Ref": "Stage"}, 2]}, "test"),
        ({"Fn::And": [{"Condition": "IsTest"}, {"Condition": "IsProd"}]}, False),
        ({"Fn::Or": [{"Condition": "IsTest"}, {"Condition": "IsProd"}]}, True),
        ({"Fn::Equals": [True, "true"]}, True),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
        ({"Ref": "Stage", "beside": "another"}, {"Ref": "Stage", "beside": "another"}),
    ],
)
def test_a_function_is_replaced_by_its_value(node: Any, value: Any) -> None:
    assert _resolve(node) == value


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"Fn::GetAtt": ["Queue", "Color"]}, "does not support the attribute Queue.Color"),
        ({"Fn::If": ["IsNothing", 1, 2]}, "the condition IsNothing is not defined"),
    ],
)
def test_what_cannot_be_resolved_is_named(node: Any, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        _resolve(node)


def test_a_parameter_has_the_given_value_or_its_default() -> None:
    template = Template(Path(), BODY)
    assert parameter_values(template, {}) == {"Stage": "test", "Ports": ["443", "8443"]}
    assert parameter_values(template, {"Stage": "prod", "Ports": "80", "Unknown": "x"}) == {"Stage": "prod", "Ports": ["80"]}
    with pytest.raises(TemplateError, match="the parameter Name has no default and no value"):
        parameter_values(Template(Path(), {"Parameters": {"Name": {"Type": "String"}}}), {})
