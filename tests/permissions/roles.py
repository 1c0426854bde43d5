"""The roles of template.yaml as SAM expands them, evaluated as IAM does.

Every ARN names a resource by its logical id, so that a denial names what stands in the template.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from local.account import ACCOUNT_ID, REGION
from local.stack.intrinsics import CreatedResource, Resolver, parameter_values
from local.stack.template import Template, read

# Condition keys and their values in one request.
Context = Mapping[str, list[str]]

_ARNS = {
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::SecretsManager::Secret": "secretsmanager:{region}:{account}:secret:{name}-abcdef",
    "AWS::StepFunctions::StateMachine": "states:{region}:{account}:stateMachine:{name}",
}
# Types whose Ref is their ARN.
_NAMED_BY_ARN = {"AWS::SNS::Topic", "AWS::SecretsManager::Secret", "AWS::StepFunctions::StateMachine"}
_PSEUDO_PARAMETERS = {
    "AWS::AccountId": ACCOUNT_ID,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
}


def arn(kind: str, logical_id: str) -> str:
    """Return the ARN of a resource; types without one of interest get one that nothing matches."""
    return "arn:aws:" + _ARNS.get(kind, "none:{region}:{account}:{name}").format(region=REGION, account=ACCOUNT_ID, name=logical_id)


@dataclass(frozen=True)
class Need:
    """One right that a request needs; IAM compares actions without case."""

    action: str
    resource: str
    context: Context = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


@dataclass(frozen=True)
class Grant:
    """One action on one resource, as one statement of a role allows or denies it."""

    role: str
    sid: str
    action: str
    resource: str
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()

    def covers(self, need: Need) -> bool:
        return (
            _like(need.action.lower(), self.action.lower())
            and _like(need.resource, self.resource)
            and all(_holds(operator, need.context.get(key, []), wanted) for operator, key, wanted in self.conditions)
        )

    def __str__(self) -> str:
        return f"{self.role} {self.sid}: {self.action} on {self.resource}"


class Roles:
    """All roles, with the statements that allow and the resource policies that deny."""

    def __init__(self, template: Template) -> None:
        self._resources = template.section("Resources")
        values = parameter_values(template, {}) | _PSEUDO_PARAMETERS
        self._resolver = Resolver(template, values, self._created)
        self.allowed = [grant for grant in self._grants("Allow") if self._resources[grant.role]["Type"] == "AWS::IAM::Role"]
        self.denied = list(self._grants("Deny"))

    def of(self, holder: str) -> str:
        """Return the role of a function or state machine."""
        properties = self._resources[holder]["Properties"]
        reference: str = (properties.get("Role") or properties["RoleArn"])["Fn::GetAtt"][0]
        return reference

    def resolved(self, logical_id: str) -> dict[str, Any]:
        """Return the properties of a resource without intrinsic functions."""
        properties: dict[str, Any] = self._resolver.resolve(self._resources[logical_id].get("Properties", {}))
        return properties

    def names(self, kind: str) -> list[str]:
        """Return the logical ids of all resources of a type."""
        return [name for name, resource in self._resources.items() if resource["Type"] == kind]

    def all_names(self) -> list[str]:
        """Return the logical ids of all resources."""
        return list(self._resources)

    def granting(self, holder: str, need: Need) -> list[Grant]:
        """Return the grants that allow it; none if there are none, or if a resource policy denies it."""
        if any(grant.covers(need) for grant in self.denied):
            return []
        role = self.of(holder)
        return [grant for grant in self.allowed if grant.role == role and grant.covers(need)]

    def _created(self, logical_id: str) -> CreatedResource:
        kind = self._resources[logical_id]["Type"]
        own = arn(kind, logical_id)
        attributes = {"Arn": own, "Name": logical_id, "QueueName": logical_id, "LayerVersionArn": own, "TopicArn": own}
        return CreatedResource(own if kind in _NAMED_BY_ARN else logical_id, attributes)

    def _grants(self, effect: str) -> Iterator[Grant]:
        for name, document in self._documents():
            for statement in _many(self._resolver.resolve(document)["Statement"]):
                if statement["Effect"] == effect:
                    yield from _grants_of(name, statement)

    def _documents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each inline policy of a role, and each policy of a bucket, topic or queue, with the name of its resource."""
        for name, resource in self._resources.items():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::IAM::Role":
                yield from ((name, policy["PolicyDocument"]) for policy in properties.get("Policies", []))
            elif "PolicyDocument" in properties:
                yield name, properties["PolicyDocument"]


def template_roles(path: Path) -> Roles:
    """Read and expand a template."""
    return Roles(read(path, {}))


def _grants_of(role: str, statement: dict[str, Any]) -> Iterator[Grant]:
    if "NotAction" in statement or "NotResource" in statement:
        raise NotImplementedError(f"NotAction and NotResource, in {role}")
    conditions = tuple(
        (operator, key, tuple(map(str, _many(wanted))))
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )
    for action in _many(statement["Action"]):
        for resource in _many(statement["Resource"]):
            yield Grant(role, statement.get("Sid", "(SAM)"), action, resource, conditions)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _like(text: str, pattern: str) -> bool:
    # Square brackets have no meaning in IAM, unlike in a shell.
    return fnmatchcase(text, pattern.replace("[", "[[]"))


_COMPARISONS = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
}


def _holds(operator: str, values: list[str], wanted: tuple[str, ...]) -> bool:
    """Evaluate one condition; an unknown operator is an error, because it cannot be judged."""
    match = re.fullmatch(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?", operator)
    if not match or match[2] not in _COMPARISONS:
        raise NotImplementedError(f"the condition operator {operator}")
    compare = _COMPARISONS[match[2]]
    if not values:
        return bool(match[3]) or match[1] == "ForAllValues"
    found = [any(compare(value, each) for each in wanted) for value in values]
    return all(found) if match[1] == "ForAllValues" else any(found)
