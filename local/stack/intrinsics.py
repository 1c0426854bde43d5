"""Evaluate CloudFormation's intrinsic functions and conditions."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.stack.template import Template, TemplateError

# The value of `!Ref AWS::NoValue`; properties and list items with it are removed.
NO_VALUE = object()

PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


@dataclass(frozen=True)
class CreatedResource:
    """An existing resource: the values of Ref and GetAtt."""

    ref: str
    attributes: dict[str, str] = field(default_factory=dict)


class Resolver:
    """Evaluates the functions in a part of the template; `get_resource` creates a resource on first reference."""

    def __init__(self, template: Template, values: dict[str, Any], get_resource: Callable[[str], CreatedResource]) -> None:
        self._values = values
        self._mappings = template.section("Mappings")
        self._conditions = template.section("Conditions")
        self._get_resource = get_resource

    def resolve(self, node: Any) -> Any:
        if isinstance(node, dict):
            if len(node) == 1:
                ((name, argument),) = node.items()
                function = self._functions().get(name)
                if function:
                    return function(argument)
            return self._without_no_value({key: self.resolve(value) for key, value in node.items()})
        if isinstance(node, list):
            return [value for value in map(self.resolve, node) if value is not NO_VALUE]
        return node

    def holds(self, condition: str) -> bool:
        if condition not in self._conditions:
            raise TemplateError(f"the condition {condition} is not defined")
        return bool(self.resolve(self._conditions[condition]))

    @staticmethod
    def _without_no_value(resolved: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in resolved.items() if value is not NO_VALUE}

    def _functions(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "Ref": self._ref,
            "Condition": self.holds,
            "Fn::GetAtt": self._get_attribute,
            "Fn::Sub": self._substitute,
            "Fn::Join": lambda arg: str(arg[0]).join(_text(part) for part in self.resolve(arg[1])),
            "Fn::Split": lambda arg: self.resolve(arg[1]).split(arg[0]),
            "Fn::Select": lambda arg: self.resolve(arg[1])[int(self.resolve(arg[0]))],
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": lambda arg: self.resolve(arg[1] if self.holds(arg[0]) else arg[2]),
            "Fn::Equals": lambda arg: _text(self.resolve(arg[0])) == _text(self.resolve(arg[1])),
            "Fn::Not": lambda arg: not self.resolve(arg[0]),
            "Fn::And": lambda arg: all(self.resolve(part) for part in arg),
            "Fn::Or": lambda arg: any(self.resolve(part) for part in arg),
        }

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self._values[name] if name in self._values else self._get_resource(name).ref

    def _get_attribute(self, argument: list[str] | str) -> str:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        attributes = self._get_resource(name).attributes
        if attribute not in attributes:
            raise TemplateError(f"the local service does not support the attribute {name}.{attribute}")
        return attributes[attribute]

    def _substitute(self, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})
        known = {name: self.resolve(value) for name, value in variables.items()}

        def value(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return "${" + name + "}"
            if name in known:
                return _text(known[name])
            return _text(self._get_attribute(name) if "." in name else self._ref(name))

        return PLACEHOLDER.sub(value, text)

    def _find_in_map(self, argument: list[Any]) -> Any:
        mapping, *keys = (self.resolve(part) for part in argument)
        found = self._mappings[mapping]
        for key in keys:
            found = found[_text(key)]
        return self.resolve(found)


def _text(value: Any) -> str:
    """Convert a value to text as CloudFormation does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def parameter_values(template: Template, given: dict[str, Any]) -> dict[str, Any]:
    """Return the given or default value of each declared parameter; raise TemplateError if there is neither."""
    values = {}
    for name, parameter in template.section("Parameters").items():
        if name not in given and "Default" not in parameter:
            raise TemplateError(f"the parameter {name} has no default and no value")
        values[name] = _typed(given.get(name, parameter.get("Default")), parameter.get("Type", "String"))
    return values


def _typed(value: Any, kind: str) -> Any:
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [part.strip() for part in str(value).split(",")]
    return _text(value)
