"""What resource factories need, and what they register for the parts that serve the resources."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.account import ACCOUNT_ID, REGION, STACK_NAME, client
from local.stack.intrinsics import CreatedResource
from local.state.database import Database
from local.state.records import Records

Properties = dict[str, Any]


@dataclass(frozen=True)
class Function:
    """What a sandbox needs to know about one function of the template."""

    logical_id: str
    name: str
    handler: str
    folder: Path
    layers: tuple[Path, ...]
    variables: dict[str, str]
    timeout: float
    memory: int
    runtime: str

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{self.name}"

    @property
    def step(self) -> str:
        """Return the step's name, such as `submit` for SubmitFunction."""
        return self.logical_id.removesuffix("Function").lower()


@dataclass(frozen=True)
class Rule:
    """An event pattern or a schedule, with its targets."""

    arn: str
    pattern: str | None
    schedule: str | None
    targets: list[dict[str, Any]]


@dataclass(frozen=True)
class AsyncInvokeConfig:
    """The handling of failed asynchronous invocations of one function."""

    retries: int = 2
    failure_queue_arn: str | None = None


@dataclass(frozen=True)
class HttpApi:
    """The HTTP API's integration, CORS settings and route keys besides `$default`, from its OpenAPI body."""

    api_id: str
    function_name: str
    cors: dict[str, Any] = field(default_factory=dict)
    routes: frozenset[str] = frozenset()


@dataclass
class StackContext:
    """Shared by the resource factories: the endpoint that they use and the registries that they fill."""

    endpoint: str
    api_url: str
    source: Path
    variable_overrides: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    layers: dict[str, Path] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    apis: list[HttpApi] = field(default_factory=list)
    asynchronous: dict[str, AsyncInvokeConfig] = field(default_factory=dict)
    clients: dict[str, Any] = field(default_factory=dict)
    # Those that the stack has made at this start or an earlier one, by logical id, and the ids of this start.
    subscriptions: Records = field(default_factory=lambda: Records(Database(None), "stack subscriptions"))
    present_subscriptions: set[str] = field(default_factory=set)

    def client(self, service: str) -> Any:
        if service not in self.clients:
            self.clients[service] = client(service, self.endpoint)
        return self.clients[service]

    def send_to_queue(self, arn: str, body: str) -> None:
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=body)

    def physical_name(self, logical_id: str) -> str:
        """Return a predictable name; on AWS, generated names end in a random part."""
        return f"{STACK_NAME}-{logical_id}-local"


ResourceFactory = Callable[[StackContext, str, Properties], CreatedResource]
