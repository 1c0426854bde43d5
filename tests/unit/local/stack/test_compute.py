"""Resources that run: functions from the working copy, the state machine with its substitutions, the API's one route."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.stack import compute
from local.stack.context import AsyncInvokeConfig, StackContext
from local.stack.template import TemplateError

if TYPE_CHECKING:
    from tests.support.world import World


@pytest.fixture
def context(world: "World", tmp_path: Path) -> StackContext:
    """A stack that is made in the test's own AWS, with its code in a folder of the test."""
    session = boto3.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")  # noqa: S106 - moto asks for none
    clients: dict[str, Any] = {"stepfunctions": world.sfn, "lambda": session.client("lambda"), "iam": session.client("iam")}
    (tmp_path / "functions/poll").mkdir(parents=True)
    (tmp_path / "layer/python").mkdir(parents=True)
    overrides = {"UPSTREAM_URL": "http://here", "OTHER": "x"}
    return StackContext("http://aws", "http://front", tmp_path, variable_overrides=overrides, clients=clients)


def _function(context: StackContext, name: str, **changes: Any) -> None:
    trust = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
    role = compute.role(context, "Role", {"RoleName": f"{name}-role", **trust})
    usual = {"Handler": "app.handler", "Runtime": "python3.12", "Code": {"S3Key": "functions/poll"}, "Role": role.attributes["Arn"]}
    compute.function(context, "PollFunction", {"FunctionName": name, **usual, **changes})


def test_a_function_runs_from_the_working_copy_with_its_layers_and_variables(context: StackContext, world: "World", tmp_path: Path) -> None:
    layer = compute.layer(context, "Layer", {"Content": {"S3Key": "layer"}})
    variables = {"UPSTREAM_URL": "https://there", "FLAG": True, "DAYS": 30}
    _function(context, world.name, Layers=[layer.ref], Environment={"Variables": variables}, Timeout=60, MemorySize=256)
    made = context.functions[world.name]
    assert (made.step, made.folder, made.layers) == ("poll", tmp_path / "functions/poll", (tmp_path / "layer/python",))
    assert made.variables == {"UPSTREAM_URL": "http://here", "FLAG": "true", "DAYS": "30"}
    assert (made.timeout, made.memory) == (60.0, 256)
    described = context.client("lambda").get_function_configuration(FunctionName=world.name)
    assert (described["FunctionArn"], described["Timeout"]) == (made.arn, 60)


def test_a_function_without_limits_has_those_of_lambda(context: StackContext, world: "World") -> None:
    _function(context, world.name)
    assert (context.functions[world.name].timeout, context.functions[world.name].memory) == (3.0, 128)


@pytest.mark.parametrize(("code", "words"), [({"S3Key": "functions/none"}, "does not exist"), ({"ZipFile": "x"}, "inline code")])
def test_code_that_is_not_in_the_working_copy_is_refused(context: StackContext, world: "World", code: dict[str, str], words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        _function(context, world.name, Code=code)


def test_a_state_machine_has_its_substitutions_and_lacks_none(context: StackContext, world: "World", tmp_path: Path) -> None:
    (tmp_path / "video.json").write_text(json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Comment": "${Word}", "End": True}}}))
    properties = {
        "StateMachineName": f"{world.name}-made",
        "DefinitionS3Location": {"Key": "video.json"},
        "RoleArn": "arn:aws:iam::123456789012:role/any",
    }
    made = compute.state_machine(context, "Machine", properties | {"DefinitionSubstitutions": {"Word": "put in"}})
    definition = json.loads(world.sfn.describe_state_machine(stateMachineArn=made.ref)["definition"])
    assert definition["States"]["A"]["Comment"] == "put in"
    with pytest.raises(TemplateError, match="Machine has no DefinitionSubstitutions for"):
        compute.state_machine(context, "Machine", properties)


def _body(uri: str, **more: Any) -> dict[str, Any]:
    method = {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": {"uri": uri}}}
    return {"Body": {"paths": {"/$default": method}, **more}}


def test_the_api_calls_the_function_of_its_default_route(context: StackContext) -> None:
    uri = "arn:aws:apigateway:us-east-1:lambda:path/functions/arn:aws:lambda:us-east-1:123456789012:function:api/invocations"
    made = compute.http_api(context, "Api", _body(uri, **{"x-amazon-apigateway-cors": {"AllowOrigins": ["*"]}}))
    (api,) = context.apis
    assert (api.function_name, api.cors, made.attributes["ApiEndpoint"]) == ("api", {"allowOrigins": ["*"]}, "http://front")
    with pytest.raises(TemplateError, match=r"Api has no \$default route"):
        compute.http_api(context, "Api", _body("https://elsewhere.example.com"))


OTHER_URI = "arn:aws:apigateway:us-east-1:lambda:path/functions/arn:aws:lambda:us-east-1:123456789012:function:other/invocations"


def _route(uri: str) -> dict[str, Any]:
    return {"x-amazon-apigateway-integration": {"uri": uri}}


def test_the_api_has_further_routes_to_the_function_of_its_default_route(context: StackContext) -> None:
    body = _body(OTHER_URI)
    body["Body"]["paths"] |= {"/docs": {"get": _route(OTHER_URI)}, "/all": {"x-amazon-apigateway-any-method": _route(OTHER_URI)}}
    compute.http_api(context, "Api", body)
    assert (context.apis[0].function_name, context.apis[0].routes) == ("other", {"GET /docs", "ANY /all"})


@pytest.mark.parametrize(
    ("path", "uri", "words"),
    [
        ("/docs", OTHER_URI.replace("other", "third"), "has the route GET /docs to another function"),
        ("/docs", "https://elsewhere.example.com", "has the route GET /docs to another function"),
        ("/v1/{id}", OTHER_URI, "no path parameters"),
    ],
)
def test_a_route_that_the_local_gateway_cannot_play_is_refused(context: StackContext, path: str, uri: str, words: str) -> None:
    body = _body(OTHER_URI)
    body["Body"]["paths"][path] = {"get": _route(uri)}
    with pytest.raises(TemplateError, match=words):
        compute.http_api(context, "Api", body)


def test_a_permission_for_an_unknown_function_is_refused(context: StackContext, world: "World") -> None:
    _function(context, world.name)
    assert compute.permission(context, "Permission", {"FunctionName": context.functions[world.name].arn}).ref
    with pytest.raises(TemplateError, match="Permission names an unknown function nothing"):
        compute.permission(context, "Permission", {"FunctionName": "nothing"})


def test_events_that_nobody_waits_for_are_tried_twice_more_unless_the_template_says_otherwise(context: StackContext) -> None:
    compute.event_invoke_config(context, "Config", {"FunctionName": "usual"})
    queue = {"OnFailure": {"Destination": "arn:queue"}}
    compute.event_invoke_config(context, "Config", {"FunctionName": "sweep", "MaximumRetryAttempts": 0, "DestinationConfig": queue})
    assert context.asynchronous == {"usual": AsyncInvokeConfig(2, None), "sweep": AsyncInvokeConfig(0, "arn:queue")}
