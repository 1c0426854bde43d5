"""The calls that AWS makes with the template's roles, because its resources say so: no function makes them, so none is recorded."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.permissions.roles import Need, Roles, arn
from tests.support.paths import ROOT


def calls_of_services(roles: Roles) -> Iterator[tuple[str, Need]]:
    """Yield each caller, by its logical id, with what it needs."""
    for machine in roles.names("AWS::StepFunctions::StateMachine"):
        yield from ((machine, Need("lambda:InvokeFunction", function)) for function in sorted(_functions_of(roles.resolved(machine))))
    for settings in map(roles.resolved, roles.names("AWS::Lambda::EventInvokeConfig")):
        for destination in settings.get("DestinationConfig", {}).values():
            yield settings["FunctionName"], Need(_DESTINATIONS[destination["Destination"].split(":")[2]], destination["Destination"])


# The right that Lambda needs for the destination of an asynchronous invocation, by its service.
_DESTINATIONS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction", "events": "events:PutEvents"}


def _functions_of(machine: dict[str, Any]) -> set[str]:
    """Return the ARNs of the functions that a state machine's tasks call."""
    text = (ROOT / machine["DefinitionS3Location"]["Key"]).read_text(encoding="utf-8")
    for name, value in machine["DefinitionSubstitutions"].items():
        text = text.replace("${" + name + "}", value)
    return set(re.findall(re.escape(arn("AWS::Lambda::Function", "")) + r"\w+", json.dumps(json.loads(text))))
