"""A running local service whose code, variables and state machines can be exchanged, as a deployment does."""

from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any
from unittest.mock import patch

from local.account import ACCOUNT_ID, REGION
from local.lambda_runtime.pool import LambdaPool
from local.serve.options import Options
from local.serve.own_folder import OwnFolder
from local.serve.service import Service
from local.stack import compute, resource_types
from local.stack.context import StackContext
from local.stack.create import URL_SUFFIX
from local.stack.intrinsics import CreatedResource, Resolver, parameter_values
from local.stack.template import read

# Tables keep their items and get the other template's indexes, all at once: what happens between two of them is tested with the lists.
_EXCHANGED = {"AWS::Lambda::Function", "AWS::Lambda::LayerVersion", "AWS::StepFunctions::StateMachine", "AWS::DynamoDB::Table"}


class Deployment(Service):
    """The service of one tree of files, until another tree is deployed over it.

    As on AWS, an invocation that runs ends with the code it began with, and an execution keeps its definition. Data and the names of
    resources stay; a resource that only the other template has is created, and nothing is deleted.
    """

    def __init__(self, options: Options, print_line: Callable[[str], None]) -> None:
        super().__init__(options, OwnFolder.lock(options), print_line)
        self.created: dict[str, CreatedResource] = {}
        self._real_create = resource_types.create

    def start(self) -> Any:
        """Start with the tree of the options, and note each resource that is created."""
        with patch.object(resource_types, "create", self._note):
            return super().start()

    def _note(self, context: StackContext, logical_id: str, resource: dict[str, Any]) -> CreatedResource:
        self.created[logical_id] = self._real_create(context, logical_id, resource)
        return self.created[logical_id]

    def _start_functions(self, context: StackContext, pool: LambdaPool, *others: Any) -> None:
        self.context, self.pool = context, pool
        opened = pool.open

        def open_and_note(functions: Any, api_functions: set[str]) -> None:
            self._api_functions = api_functions
            opened(functions, api_functions)

        with patch.object(pool, "open", open_and_note):
            super()._start_functions(context, pool, *others)

    def deploy(self, tree: Path, parameters: dict[str, str]) -> None:
        """Exchange the code, the variables and the state machines for those of another tree."""
        template = read(tree / "template.yaml", parameters)
        updating = _Updating(self.context, tree)
        values = parameter_values(template, parameters) | _PSEUDO_PARAMETERS

        def resource(logical_id: str) -> CreatedResource:
            description = template.section("Resources")[logical_id]
            if logical_id not in self.created or (description["Type"] in _EXCHANGED and logical_id not in updated):
                updated.add(logical_id)
                properties = resolver.resolve(description.get("Properties", {}))
                factory = resource_types.RESOURCE_TYPES[description["Type"]]
                if callable(factory):
                    self.created[logical_id] = factory(updating, logical_id, properties)
            return self.created.get(logical_id) or CreatedResource(logical_id)

        updated: set[str] = set()
        resolver = Resolver(template, values, resource)
        with patch.object(compute, "_register", lambda *_: None):
            for logical_id in template.section("Resources"):
                resource(logical_id)
        before, former = set(self.pool._groups.values()), copy(self.pool)
        for group in before:
            # It may still start a sandbox, which needs the layers of the earlier code.
            group._start = former._start
        self.context.functions.update(updating.functions)
        self.pool.open(dict(self.context.functions), self._api_functions)
        # Sandboxes of the code before end with the service, so that whatever they began can finish.
        for group in before:
            self._cleanup.callback(group.close)


_PSEUDO_PARAMETERS = {
    "AWS::AccountId": ACCOUNT_ID,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "cliprelay",
    "AWS::URLSuffix": URL_SUFFIX,
}


class _Updating(StackContext):
    """A context whose state machines are updated where they exist."""

    def __init__(self, existing: StackContext, source: Path) -> None:
        super().__init__(existing.endpoint, existing.api_url, source, existing.variable_overrides)
        self.clients = dict(existing.clients)
        self._machines = _Machines(existing.client("stepfunctions"))
        # Rules and APIs stay as they are; what a factory adds to these lists is not read.
        self.clients["stepfunctions"] = self._machines


class _Machines:
    """`create_state_machine` that updates one of the same name; an execution that runs keeps its definition, as on AWS."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def create_state_machine(self, **given: Any) -> dict[str, str]:
        known = {each["name"]: each["stateMachineArn"] for each in self._client.list_state_machines()["stateMachines"]}
        if given["name"] not in known:
            created: dict[str, str] = self._client.create_state_machine(**given)
            return created
        arn = known[given["name"]]
        self._client.update_state_machine(stateMachineArn=arn, definition=given["definition"], roleArn=given["roleArn"])
        return {"stateMachineArn": arn}
