"""Record the AWS calls of the simulation, where all functions share one process: each kind of call once per process.

The simulation makes hundreds of thousands of calls, of few kinds; only the first of each kind is written.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.permissions.actions import NAMING
from tests.permissions.recording import FOLDER_VARIABLE, CallFile

_SHAPE = (
    *("TableName", "IndexName", "ConditionExpression", "UpdateExpression", "KeyConditionExpression", "FilterExpression"),
    *("Bucket", "TopicArn", "SecretId", "stateMachineArn"),
)


class KindsOfCalls:
    """`resources` gives the simulation's name of each resource by its logical id; `step` names the step that runs now."""

    def __init__(self, folder: Path, resources: Mapping[str, str], step: Callable[[], str]) -> None:
        self._file = CallFile(folder, "simulation")
        self._step, self._seen = step, set[Any]()
        self._names = {name: _local_name(name, logical_id) for logical_id, name in resources.items()}

    def note(self, service: str, operation: str, parameters: Mapping[str, Any], *, signed: bool = False) -> None:
        """Write the call if it is the first of its kind."""
        kind = (self._step(), operation, signed, _shape(parameters))
        if kind not in self._seen:
            self._seen.add(kind)
            self._file.write(f"{kind[0].title()}Function", service, operation, self._renamed(parameters), signed=signed)

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            # A batch has its tables as keys.
            return {self._names.get(key, key): self._renamed(inner) if key in NAMING else inner for key, inner in value.items()}
        if isinstance(value, list):
            return [self._renamed(inner) for inner in value]
        return self._name(value) if isinstance(value, str) else value

    def _name(self, text: str) -> str:
        if ":execution:" in text:
            machine, _, name = text.replace(":execution:", ":stateMachine:").rpartition(":")
            return self._names.get(machine, machine).replace(":stateMachine:", ":execution:") + f":{name}"
        head, slash, rest = text.partition("/")  # the source of a copy
        return self._names.get(head, head) + slash + rest


def _local_name(name: str, logical_id: str) -> str:
    """Return the name that the local service gives the resource, in the same form: a name or an ARN."""
    prefix, colon, _ = name.rpartition(":")
    return f"{prefix}{colon}cliprelay-{logical_id}-local"


def _shape(parameters: Mapping[str, Any]) -> Any:
    if "TransactItems" in parameters:
        return tuple((kind, _shape(request)) for part in parameters["TransactItems"] for kind, request in part.items())
    key = parameters.get("Key")
    prefix = key.partition("/")[0] if isinstance(key, str) else None
    return (prefix, tuple(parameters.get("Item", ())), *[parameters.get(name) for name in _SHAPE])


def recorder(resources: Mapping[str, str], step: Callable[[], str]) -> KindsOfCalls | None:
    """Return a recorder if this run of the tests records; None otherwise."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return KindsOfCalls(Path(folder), resources, step) if folder else None
