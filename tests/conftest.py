"""What tests run in.

A world: the tables and the bucket of template.yaml in moto, which stands in for AWS, under a clock that the test owns.
A loopback: a server on this machine that misbehaves as told.
"""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, cached_property
from itertools import count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from hypothesis import settings
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse

from cliprelay import ids
from cliprelay.addresses import AddressRules, check_address
from cliprelay.admission import Admission
from cliprelay.controls_table import ControlsTable
from cliprelay.delivery_table import DeliveryTable
from cliprelay.dispatch import Dispatch
from cliprelay.executions import DeliveryExecutions, Executions
from cliprelay.items import plain, record, typed
from cliprelay.keys import KeyRing
from cliprelay.steps.sweep_deliveries import DeliverySweeper
from cliprelay.upload_store import UploadStore
from cliprelay.upstream_key import UpstreamKey
from cliprelay.video import Video
from cliprelay.video_store import VideoStore
from cliprelay.video_table import VideoTable
from cliprelay.webhook_gate import WebhookGate
from cliprelay.webhook_settings import WebhookSettingsTable
from tests.fake_upstream import KEY
from tests.makers import GRACE, TENANT, OwnedClock, request_event

if TYPE_CHECKING:
    from cliprelay.api.routes import Front
    from cliprelay.inspection import Inspector
    from cliprelay.webhook_keys import WebhookKeys

# The same examples on every machine, and no time limit on a busy one.
settings.register_profile("suite", deadline=None, derandomize=True, database=None)
settings.load_profile("suite")

RETENTION = timedelta(days=30)
QUEUE_LIMIT = 100
_NUMBERS = count(1)
_AT_ONCE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


@cache
def _template() -> dict[str, Any]:
    resources: dict[str, Any] = yaml_parse(Path("template.yaml").read_text())["Resources"]
    return resources


@cache
def _client(service: str) -> Any:
    session = boto3.session.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")  # noqa: S106 - moto asks for none
    return session.client(service)  # type: ignore[call-overload]  # the stubs know only written names


class Said:
    """An answer of the API as a client sees it."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.status: int = answer["statusCode"]
        self.body: str = answer.get("body") or ""
        self.headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def complaints(self) -> set[str]:
        """The fields that a refusal complains of."""
        return {complaint["field"] for complaint in self.json["errors"]}


@dataclass
class World:
    """The parts of a deployment, and ways to look behind them."""

    clock: OwnedClock
    name: str
    dynamodb: Any = field(default_factory=lambda: _client("dynamodb"))
    s3: Any = field(default_factory=lambda: _client("s3"))
    sfn: Any = field(default_factory=lambda: _client("stepfunctions"))
    secrets: Any = field(default_factory=lambda: _client("secretsmanager"))
    sns: Any = field(default_factory=lambda: _client("sns"))

    def __post_init__(self) -> None:
        self.videos_table, self.keys_table, self.bucket = f"{self.name}-videos", f"{self.name}-keys", f"{self.name}-bucket"
        self.webhooks_table = f"{self.name}-webhooks"
        self._make_table(self.videos_table, "VideosTable")
        self._make_table(self.keys_table, "KeysTable")
        self._make_table(self.webhooks_table, "WebhooksTable")
        self.s3.create_bucket(Bucket=self.bucket)
        self.videos = self.videos_over(self.dynamodb)
        self.controls = ControlsTable(self.dynamodb, self.videos_table)
        self.deliveries = DeliveryTable(self.dynamodb, self.webhooks_table)
        self.webhook_settings = WebhookSettingsTable(self.dynamodb, self.webhooks_table)
        self.store = VideoStore(self.s3, self.bucket)
        self.uploads = UploadStore(self.s3, self.bucket)
        self.keys = KeyRing(self.dynamodb, self.keys_table, seconds=self.clock.seconds)

    def _make_table(self, name: str, resource: str) -> None:
        properties = _template()[resource]["Properties"]
        wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        self.dynamodb.create_table(TableName=name, **{part: properties[part] for part in wanted if part in properties})

    def videos_over(self, client: Any) -> VideoTable:
        """The same table through another client."""
        return VideoTable(client, self.videos_table, retention=RETENTION, event_ids=ids.event_id, sleep=self.clock.advance)

    def inspector(self, rule: str = "off") -> "Inspector":
        """Looks at images; at those behind addresses only by another rule than the usual one of tests."""
        from cliprelay.guard import Guard
        from cliprelay.inspection import ImageProbe, Inspector

        return Inspector(self.uploads, Guard(AddressRules.LOOPBACK), ImageProbe(rule))

    @property
    def executions(self) -> Executions:
        return self.executions_over(self.sfn)

    def executions_over(self, client: Any) -> Executions:
        return Executions(client, self.state_machine())

    def state_machine(self) -> str:
        if not hasattr(self, "_machine"):
            role = "arn:aws:iam::123456789012:role/any"
            made = self.sfn.create_state_machine(name=self.name, definition=json.dumps(_AT_ONCE), roleArn=role)
            self._machine: str = made["stateMachineArn"]
        return self._machine

    @property
    def delivery_executions(self) -> DeliveryExecutions:
        # One machine serves for both kinds: their names differ.
        return DeliveryExecutions(self.sfn, self.state_machine())

    def dispatch(self, **parts: Any) -> Dispatch:
        """What begins deliveries."""
        usual: dict[str, Any] = {"deliveries": self.deliveries, "settings": self.webhook_settings, "executions": self.delivery_executions}
        return Dispatch(**usual | {"clock": self.clock, "retention": RETENTION} | parts)

    def webhook_keys(self) -> "WebhookKeys":
        """The tenants' secrets, derived from a master that is the same in every test."""
        from cliprelay.webhook_keys import WebhookKeys

        name = f"{self.name}-master"
        with suppress(self.secrets.exceptions.ResourceExistsException):
            self.secrets.create_secret(Name=name, SecretString="the master of all tests")
        return WebhookKeys(self.secrets, name)

    def webhook_gate(self) -> WebhookGate:
        """Who looks at an order's webhook."""
        return WebhookGate(self.webhook_settings, check_address)

    def delivery_sweeper(self) -> DeliverySweeper:
        """The sweep's second half."""
        return DeliverySweeper(self.deliveries, self.delivery_executions, self.clock)

    def started(self) -> list[str]:
        """Names of the executions ever started."""
        return sorted(each["name"] for each in self.sfn.list_executions(stateMachineArn=self.state_machine())["executions"])

    def permit(self) -> dict[str, Any]:
        """The permit of a claim while nobody has paused and the account works."""
        return self.controls.permit(Admission(), self.clock(), GRACE)

    def close(self, name: str) -> None:
        """End an execution, as when the state machine failed."""
        self.sfn.stop_execution(executionArn=self.state_machine().replace(":stateMachine:", ":execution:") + f":{name}")

    def upstream_key(self, value: str = KEY) -> UpstreamKey:
        """The upstream's key, stored by the owner."""
        self.secrets.create_secret(Name=self.name, SecretString=value)
        return UpstreamKey(self.secrets, self.name, seconds=self.clock.seconds)

    def rotate(self, value: str) -> None:
        """The owner stores another key."""
        self.secrets.put_secret_value(SecretId=self.name, SecretString=value)

    def front(self, **parts: Any) -> "Front":
        """The API over this world; it sleeps on the world's clock."""
        from cliprelay.api.parts import Api
        from cliprelay.api.routes import Front
        from cliprelay.intake import Intake

        usual: dict[str, Any] = {"videos": self.videos, "store": self.store, "tenant_of": self.keys.tenant_of, "clock": self.clock}
        usual |= {"uploads": self.uploads, "seconds": self.clock.seconds, "sleep": self.clock.advance, "public_base_url": ""}
        usual |= {"dispatch": self.dispatch(), "webhook_settings": self.webhook_settings, "webhook_keys": self.webhook_keys} | parts
        executions = usual.pop("executions", None) or self.executions
        inspector, gate = self.inspector(), self.webhook_gate()
        usual.setdefault("intake", Intake(usual["videos"], usual["store"], executions, inspector, self.clock, QUEUE_LIMIT, gate))
        return Front(Api(**usual))

    @cached_property
    def key(self) -> str:
        """An API key of the usual tenant."""
        return self.keys.create(TENANT)

    def ask(self, method: str, path: str, *, front: "Front | None" = None, key: str | None = "", **request: Any) -> "Said":
        """One request to the API, with the usual tenant's key unless another is given (None: without)."""
        if front is None:
            self._front = front = getattr(self, "_front", None) or self.front()
        event = request_event(method, path, key=self.key if key == "" else key, **request)
        return Said(front.answer(event, None))

    def put(self, video: Video) -> Video:
        """Lay a record into the table, in whatever state, past all rules."""
        self.dynamodb.put_item(TableName=self.videos_table, Item=typed(record(video)))
        return video

    def change(self, video_id: str, **values: Any) -> None:
        """Write attributes past all rules: what somebody else did meanwhile; None removes one."""
        item = self.item(video_id) | values
        filled = {name: value for name, value in item.items() if value is not None}
        self.dynamodb.put_item(TableName=self.videos_table, Item=typed(filled))

    def item(self, item_id: str) -> dict[str, Any]:
        """An item as it lies in the table; empty when there is none."""
        answer = self.dynamodb.get_item(TableName=self.videos_table, Key={"id": {"S": item_id}}, ConsistentRead=True)
        return plain(answer.get("Item", {}))

    def read(self, video_id: str) -> Video:
        video = self.videos.get(video_id)
        assert video is not None
        return video

    def items(self) -> list[dict[str, Any]]:
        """Everything that the table holds."""
        return [plain(item) for item in self.dynamodb.scan(TableName=self.videos_table)["Items"]]

    def objects(self) -> list[str]:
        """Every key of the bucket."""
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]


@dataclass
class Loopback:
    """A server on this machine that does to every connection what the test wants, and remembers what it was asked."""

    behave: Callable[[socket.socket], None]
    reads: str = "body"  # or "head" or "nothing", before it behaves
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that went away is what some tests are about.
        with suppress(OSError), connection:
            if self.reads != "nothing":
                self._read(connection)
            self.behave(connection)

    def _read(self, connection: socket.socket) -> None:
        head, _, body = _until(connection, b"\r\n\r\n").partition(b"\r\n\r\n")
        self.heads.append(head.decode("latin-1"))
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while self.reads == "body" and length and len(body) < int(length[1]):
            body += connection.recv(1 << 16)
        self.bodies.append(body)


def _until(connection: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data:
        piece = connection.recv(1 << 16)
        if not piece:
            raise ConnectionError
        data += piece
    return data


@pytest.fixture
def loopback() -> Iterator[Callable[..., Loopback]]:
    """Makes such servers, and ends them with the test."""
    servers: list[Loopback] = []

    def make(behave: Callable[[socket.socket], None], **options: Any) -> Loopback:
        servers.append(Loopback(behave, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def _aws() -> Iterator[None]:
    # Nothing is reset: a service that another test runs in this process keeps its own moto data in the same place.
    aws = mock_aws(config={"stepfunctions": {"execute_state_machine": False}})
    aws.start(reset=False)
    yield
    aws.stop(remove_data=False)


@pytest.fixture
def world(_aws: None) -> World:
    return World(OwnedClock(), f"test-{next(_NUMBERS)}")


@pytest.fixture
def clock() -> OwnedClock:
    return OwnedClock()
