"""The interpreter's Lambda client answers as boto3's does."""

import json
from typing import Any

import pytest
from botocore.response import StreamingBody

from local.aws.step_functions.direct_lambda import DirectLambda
from local.lambda_runtime.sandbox import InvocationResult, failure

ARN = "arn:aws:lambda:us-east-1:123456789012:function:submit"


class OverHttp:
    """boto3's client."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []

    def invoke(self, **parameters: Any) -> str:
        self.given.append(parameters)
        return "over http"

    def list_functions(self) -> str:
        return "functions"


def direct(result: InvocationResult | None = None) -> tuple[DirectLambda, list[Any], OverHttp]:
    called: list[Any] = []
    http = OverHttp()

    def invoke(name: str, event: Any) -> InvocationResult:
        called.append((name, event))
        return result or InvocationResult('{"ok": true}')

    return DirectLambda(invoke, {"submit"}, http), called, http


@pytest.mark.parametrize("name", ["submit", ARN, "123456789012:function:submit"])
def test_a_function_of_the_template_is_called_without_http(name: str) -> None:
    client, called, http = direct()
    answer = client.invoke(FunctionName=name, Payload=b'{"a":\n1}')
    assert (called, http.given) == ([("submit", {"a": 1})], [])
    assert isinstance(answer["Payload"], StreamingBody)
    assert json.load(answer["Payload"]) == {"ok": True}
    assert {key: value for key, value in answer.items() if key != "Payload"} == {"StatusCode": 200, "ExecutedVersion": "$LATEST"}


def test_an_error_of_the_function_is_marked_as_one() -> None:
    client, _, _ = direct(failure("KeyError", "a reason"))
    answer = client.invoke(FunctionName="submit", Payload=b"{}")
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "KeyError"


def test_a_call_without_a_payload_has_an_empty_event() -> None:
    client, called, _ = direct()
    client.invoke(FunctionName="submit")
    assert called == [("submit", {})]


@pytest.mark.parametrize(
    "parameters",
    [
        {"FunctionName": "unknown"},
        {"FunctionName": f"{ARN}:3"},
        {"FunctionName": "submit", "InvocationType": "Event"},
        {"FunctionName": "submit", "LogType": "Tail"},
    ],
)
def test_everything_else_is_left_to_the_client(parameters: dict[str, Any]) -> None:
    client, called, http = direct()
    assert client.invoke(**parameters) == "over http"
    assert (called, http.given) == ([], [parameters])


def test_other_operations_are_those_of_the_client() -> None:
    assert direct()[0].list_functions() == "functions"
