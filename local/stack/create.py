"""Create the stack of template.yaml in the local AWS, in dependency order."""

import json
import warnings
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.account import ACCOUNT_ID, REGION, STACK_NAME
from local.stack import messaging, resource_types
from local.stack.context import StackContext
from local.stack.intrinsics import CreatedResource, Resolver, parameter_values
from local.stack.template import Template, TemplateError

URL_SUFFIX = "amazonaws.com"


@dataclass(frozen=True)
class Stack:
    """The part of the stack that `describe_stacks` shows."""

    outputs: dict[str, str]


class _Resources:
    """Creates each resource once, when it is first referenced."""

    def __init__(self, template: Template, values: dict[str, Any], context: StackContext) -> None:
        self._descriptions = template.section("Resources")
        self._world = context
        self._created: dict[str, CreatedResource] = {}
        self._in_progress: list[str] = []
        self.resolver = Resolver(template, values, self.get)

    def create_all(self) -> None:
        for logical_id, resource in self._descriptions.items():
            if "Condition" not in resource or self.resolver.holds(resource["Condition"]):
                self.get(logical_id)

    def get(self, logical_id: str) -> CreatedResource:
        if logical_id not in self._created:
            self._created[logical_id] = self._create(logical_id)
        return self._created[logical_id]

    def _create(self, logical_id: str) -> CreatedResource:
        if logical_id not in self._descriptions:
            raise TemplateError(f"{logical_id} is neither a parameter nor a resource of the template")
        if logical_id in self._in_progress:
            raise TemplateError(f"circular dependency: {' -> '.join([*self._in_progress, logical_id])}")
        self._in_progress.append(logical_id)
        try:
            return self._create_resource(logical_id, self._descriptions[logical_id])
        finally:
            self._in_progress.pop()

    def _create_resource(self, logical_id: str, description: dict[str, Any]) -> CreatedResource:
        kind = description["Type"]
        if kind not in resource_types.RESOURCE_TYPES:
            raise TemplateError(f"{logical_id} is of type {kind}, which local/stack/resource_types.py does not list")
        properties = self.resolver.resolve(description.get("Properties", {}))
        try:
            return resource_types.create(self._world, logical_id, {"Type": kind, "Properties": properties})
        except KeyError as error:
            raise TemplateError(f"{logical_id} ({kind}) is missing {error}") from error
        except (ClientError, BotoCoreError, ValueError) as error:
            raise TemplateError(f"{logical_id} ({kind}) cannot be created: {_one_line(error)}") from error


def create_stack(template: Template, parameters: dict[str, Any], context: StackContext) -> Stack:
    """Create all resources and return the stack; raise TemplateError with a one-line reason."""
    values = parameter_values(template, parameters)
    resources = _Resources(template, values | _pseudo_parameters(), context)
    _assert_rules(template, resources.resolver)
    resources.create_all()
    messaging.end_removed_subscriptions(context)
    outputs = _outputs(template, resources.resolver, context)
    _publish(context, values, outputs)
    return Stack(outputs)


def _assert_rules(template: Template, resolver: Resolver) -> None:
    """Check the template's rules, as CloudFormation does before it creates anything."""
    for name, rule in template.section("Rules").items():
        if "RuleCondition" in rule and not resolver.resolve(rule["RuleCondition"]):
            continue
        for assertion in rule["Assertions"]:
            holds = resolver.resolve(assertion["Assert"])
            if not isinstance(holds, bool):
                raise TemplateError(f"the rule {name} uses a function that the local service does not support")
            if not holds:
                raise TemplateError(f"the rule {name} does not hold: {assertion.get('AssertDescription', 'no description')}")


def _one_line(error: Exception) -> str:
    """Shorten an error to one line, because moto quotes whole definitions."""
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


def _outputs(template: Template, resolver: Resolver, context: StackContext) -> dict[str, str]:
    outputs = {}
    for name, output in template.section("Outputs").items():
        if "Condition" not in output or resolver.holds(output["Condition"]):
            outputs[name] = _on_this_machine(str(resolver.resolve(output["Value"])), template, context)
    return outputs


def _on_this_machine(value: str, template: Template, context: StackContext) -> str:
    """Replace an API's URL on AWS with the local gateway's."""
    for logical_id, resource in template.section("Resources").items():
        if resource["Type"] == "AWS::ApiGatewayV2::Api":
            host = f"{context.physical_name(logical_id).lower()}.execute-api.{REGION}.{URL_SUFFIX}"
            value = value.replace(f"https://{host}", context.api_url)
    return value


def _publish(context: StackContext, values: dict[str, Any], outputs: dict[str, str]) -> None:
    """Show parameters and outputs in `describe_stacks`; the only resource is a placeholder."""
    body = {
        "Parameters": {name: {"Type": "String"} for name in values},
        "Resources": {"MadeLocally": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    parameters = [{"ParameterKey": name, "ParameterValue": str(value)} for name, value in values.items()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto does not support the placeholder and warns about it
        context.client("cloudformation").create_stack(StackName=STACK_NAME, TemplateBody=json.dumps(body), Parameters=parameters)
