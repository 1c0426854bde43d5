"""Makes the stack of template.yaml in this machine's AWS, in the order in which its resources need each other."""

import json
import warnings
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.account import ACCOUNT_ID, REGION, STACK_NAME
from local.stack import resource_types
from local.stack.context import World
from local.stack.intrinsics import Made, Resolver, parameter_values
from local.stack.template import Template, TemplateError

URL_SUFFIX = "amazonaws.com"


@dataclass(frozen=True)
class Stack:
    """What `describe_stacks` shows of it."""

    outputs: dict[str, str]


class _Resources:
    """Makes each resource once, when it is first mentioned."""

    def __init__(self, template: Template, values: dict[str, Any], world: World) -> None:
        self._descriptions = template.section("Resources")
        self._world = world
        self._made: dict[str, Made] = {}
        self._in_work: list[str] = []
        self.resolver = Resolver(template, values, self.made)

    def make_all(self) -> None:
        for logical_id, resource in self._descriptions.items():
            if "Condition" not in resource or self.resolver.holds(resource["Condition"]):
                self.made(logical_id)

    def made(self, logical_id: str) -> Made:
        if logical_id not in self._made:
            self._made[logical_id] = self._make(logical_id)
        return self._made[logical_id]

    def _make(self, logical_id: str) -> Made:
        if logical_id not in self._descriptions:
            raise TemplateError(f"{logical_id} is neither a parameter nor a resource of the template")
        if logical_id in self._in_work:
            raise TemplateError(f"resources need each other: {' -> '.join([*self._in_work, logical_id])}")
        self._in_work.append(logical_id)
        try:
            return self._make_now(logical_id, self._descriptions[logical_id])
        finally:
            self._in_work.pop()

    def _make_now(self, logical_id: str, description: dict[str, Any]) -> Made:
        kind = description["Type"]
        if kind not in resource_types.RESOURCE_KINDS:
            raise TemplateError(f"{logical_id} is of type {kind}, which local/stack/resource_types.py does not list")
        properties = self.resolver.resolve(description.get("Properties", {}))
        try:
            return resource_types.make(self._world, logical_id, {"Type": kind, "Properties": properties})
        except KeyError as error:
            raise TemplateError(f"{logical_id} ({kind}) lacks {error}") from error
        except (ClientError, BotoCoreError, ValueError) as error:
            raise TemplateError(f"{logical_id} ({kind}) cannot be made: {_one_line(error)}") from error


def make_stack(template: Template, parameters: dict[str, Any], world: World) -> Stack:
    """Raises TemplateError with one plain line when something in the template cannot be made."""
    values = parameter_values(template, parameters)
    resources = _Resources(template, values | _pseudo_parameters(), world)
    resources.make_all()
    outputs = _outputs(template, resources.resolver, world)
    _publish(world, values, outputs)
    return Stack(outputs)


def _one_line(error: Exception) -> str:
    """moto quotes whole definitions in its complaints."""
    return " ".join(str(error).split())[:400]


def _pseudo_parameters() -> dict[str, str]:
    return {
        "AWS::AccountId": ACCOUNT_ID,
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/{STACK_NAME}/local",
        "AWS::StackName": STACK_NAME,
        "AWS::URLSuffix": URL_SUFFIX,
    }


def _outputs(template: Template, resolver: Resolver, world: World) -> dict[str, str]:
    outputs = {}
    for name, output in template.section("Outputs").items():
        if "Condition" not in output or resolver.holds(output["Condition"]):
            outputs[name] = _on_this_machine(str(resolver.resolve(output["Value"])), template, world)
    return outputs


def _on_this_machine(value: str, template: Template, world: World) -> str:
    """An API's address on AWS becomes the address of the front."""
    for logical_id, resource in template.section("Resources").items():
        if resource["Type"] == "AWS::ApiGatewayV2::Api":
            host = f"{world.physical_name(logical_id).lower()}.execute-api.{REGION}.{URL_SUFFIX}"
            value = value.replace(f"https://{host}", world.front_url)
    return value


def _publish(world: World, values: dict[str, Any], outputs: dict[str, str]) -> None:
    """Lets `describe_stacks` show parameters and outputs; the resource is a handle that stands for all the others."""
    body = {
        "Parameters": {name: {"Type": "String"} for name in values},
        "Resources": {"MadeLocally": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    parameters = [{"ParameterKey": name, "ParameterValue": str(value)} for name, value in values.items()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto makes no handle, and warns of it
        world.client("cloudformation").create_stack(StackName=STACK_NAME, TemplateBody=json.dumps(body), Parameters=parameters)
