"""A test's world: the tables and the bucket of template.yaml, in AWS in memory unless stated otherwise, with the test's clock."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprelay import ids
from cliprelay.admission.controls import admit
from cliprelay.admission.table import ControlsTable
from cliprelay.aws.items import plain, typed
from cliprelay.images.uploads import UploadStore
from cliprelay.media.bucket import MediaBucket
from cliprelay.net.urls import AddressRules, check_address
from cliprelay.notifications.alarms import AlarmsTopic
from cliprelay.steps.sweep_budgets import BudgetSweeper
from cliprelay.steps.sweep_deliveries import DeliverySweeper
from cliprelay.steps.sweep_lease import SweepLease
from cliprelay.tenants.api_keys import ApiKeyTable
from cliprelay.tenants.budgets import BudgetTable
from cliprelay.tenants.usage import UsageTable
from cliprelay.upstream.credentials import UpstreamKey
from cliprelay.video.executions import Executions
from cliprelay.video.record import Video
from cliprelay.video.repeats import RepeatTable
from cliprelay.video.spend import SpendTable
from cliprelay.video.table import VideoTable, record
from cliprelay.webhooks.dispatch import Dispatch
from cliprelay.webhooks.executions import DeliveryExecutions
from cliprelay.webhooks.settings import WebhookSettingsTable
from cliprelay.webhooks.table import DeliveryTable
from cliprelay.webhooks.validation import WebhookValidator
from cliprelay.workflow.deletion import Eraser
from local.stack.intrinsics import CreatedResource, Resolver, parameter_values
from local.stack.template import Template
from tests.support.api_response import ApiResponse
from tests.support.fake_upstream import KEY
from tests.support.makers import GRACE, TENANT, OwnedClock, request_event
from tests.support.memory_aws.account import client, create_table
from tests.support.product_template import product_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cliprelay.api.app import Front
    from cliprelay.api.services import Services
    from cliprelay.orders.image_check import Inspector
    from cliprelay.webhooks.secrets import WebhookKeys
    from cliprelay.webhooks.sender import WebhookSender


RETENTION = timedelta(days=30)
QUEUE_LIMIT = 100
_AT_ONCE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


@cache
def template_resources(tenant_index: str = "lean") -> dict[str, Any]:
    """Return the template's resources; the tables have the indexes of a deployment with this parameter."""
    body = product_template()
    template = Template(Path(), body)
    resolver = Resolver(template, parameter_values(template, {"TenantIndex": tenant_index}), lambda name: CreatedResource(name))
    resources: dict[str, Any] = body["Resources"]
    for each in resources.values():
        if each["Type"] == "AWS::DynamoDB::Table":
            each["Properties"]["GlobalSecondaryIndexes"] = resolver.resolve(each["Properties"].get("GlobalSecondaryIndexes", []))
    return resources


def creation_of(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters with which CreateTable makes a table of the template."""
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return {part: properties[part] for part in wanted if properties.get(part)}


@dataclass
class World:
    """The parts of a deployment, with access to their data."""

    clock: OwnedClock
    name: str
    dynamodb: Any = field(default_factory=lambda: client("dynamodb"))
    s3: Any = field(default_factory=lambda: client("s3"))
    sfn: Any = field(default_factory=lambda: client("stepfunctions"))
    secrets: Any = field(default_factory=lambda: client("secretsmanager"))
    sns: Any = field(default_factory=lambda: client("sns"))
    tenant_index: str = "lean"
    create_table: "Callable[..., object]" = create_table

    def __post_init__(self) -> None:
        self.videos_table, self.keys_table, self.bucket = f"{self.name}-videos", f"{self.name}-keys", f"{self.name}-bucket"
        self.webhooks_table = f"{self.name}-webhooks"
        self._make_table(self.videos_table, "VideosTable")
        self._make_table(self.keys_table, "KeysTable")
        self._make_table(self.webhooks_table, "WebhooksTable")
        self.spend_table = f"{self.name}-spend"
        self._make_table(self.spend_table, "SpendTable")
        self.s3.create_bucket(Bucket=self.bucket)
        self.videos = self.videos_over(self.dynamodb)
        self.controls = ControlsTable(self.dynamodb, self.videos_table)
        self.deliveries = DeliveryTable(self.dynamodb, self.webhooks_table)
        self.webhook_settings = WebhookSettingsTable(self.dynamodb, self.webhooks_table)
        self.spend = SpendTable(self.dynamodb, self.spend_table, sleep=self.clock.advance)
        self.budgets, self.usage = BudgetTable(self.spend), UsageTable(self.spend)
        self.repeats = RepeatTable(self.dynamodb, self.videos_table)
        self.store = MediaBucket(self.s3, self.bucket)
        self.uploads = UploadStore(self.s3, self.bucket)
        self.keys = ApiKeyTable(
            self.dynamodb, self.keys_table, seconds=self.clock.seconds, has_budget=lambda *key: self.budgets.applies(*key)
        )

    def _make_table(self, name: str, resource: str) -> None:
        self.create_table(TableName=name, **creation_of(template_resources(self.tenant_index)[resource]["Properties"]))

    def videos_over(self, client: Any) -> VideoTable:
        """Return the videos table through another client."""
        sleep = self.clock.advance
        spend = SpendTable(client, self.spend_table, sleep=sleep)
        return VideoTable(client, self.videos_table, retention=RETENTION, event_ids=ids.event_id, spend=lambda: spend, sleep=sleep)

    def inspector(self, rule: str = "off") -> "Inspector":
        """Return the image check; tests do not fetch image URLs by default."""
        from cliprelay.net.guard import Guard
        from cliprelay.orders.image_check import ImageProbe, Inspector

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
        # One state machine serves both kinds, because their names differ.
        return DeliveryExecutions(self.sfn, self.state_machine())

    def dispatch(self, **parts: Any) -> Dispatch:
        """The part that starts deliveries."""
        usual: dict[str, Any] = {"deliveries": self.deliveries, "settings": self.webhook_settings, "executions": self.delivery_executions}
        return Dispatch(**usual | {"clock": self.clock, "retention": RETENTION} | parts)

    def webhook_keys(self) -> "WebhookKeys":
        """The tenants' secrets, derived from the same master in every test."""
        from cliprelay.webhooks.secrets import WebhookKeys

        name = f"{self.name}-master"
        with suppress(self.secrets.exceptions.ResourceExistsException):
            self.secrets.create_secret(Name=name, SecretString="the master of all tests")
        return WebhookKeys(self.secrets, name)

    def webhook_sender(self) -> "WebhookSender":
        """The sender of events, which reaches nothing but this machine."""
        from cliprelay.net.guard import Guard
        from cliprelay.webhooks.sender import WebhookSender

        return WebhookSender(Guard(AddressRules.LOOPBACK), self.clock)

    def webhook_gate(self) -> WebhookValidator:
        """The validation of an order's webhook."""
        return WebhookValidator(self.webhook_settings, check_address)

    def delivery_sweeper(self) -> DeliverySweeper:
        """The sweep of deliveries."""
        return DeliverySweeper(self.deliveries, self.delivery_executions, self.clock)

    def eraser(self) -> Eraser:
        """The sweep's part that deletes the objects of deleted videos."""
        return Eraser(self.videos, self.deliveries, self.store, self.clock)

    def budget_sweeper(self) -> BudgetSweeper:
        """The sweep of budgets; its messages go to a topic without subscribers."""
        topic = AlarmsTopic(self.sns, self.sns.create_topic(Name=f"{self.name}-alarms")["TopicArn"])
        return BudgetSweeper(self.budgets, topic, self.webhook_settings, self.deliveries, self.delivery_executions, self.clock, RETENTION)

    def sweep_lease(self) -> SweepLease:
        """The lease of one sweep."""
        return SweepLease(self.dynamodb, self.videos_table, ids.claim_token)

    def started(self) -> list[str]:
        """Return the names of all executions ever started."""
        return sorted(each["name"] for each in self.sfn.list_executions(stateMachineArn=self.state_machine())["executions"])

    def permit(self, video_id: str = "") -> dict[str, Any]:
        """Return the permit of a claim while nothing is paused and the breaker is closed."""
        copy = self.controls.read_copy(video_id)
        return self.controls.permit(admit(self.controls.governing(video_id, copy), self.clock()), video_id, self.clock(), GRACE)

    def spend_items(self) -> list[dict[str, Any]]:
        """Return all items of budgets and usage."""
        found = self.dynamodb.scan(TableName=self.spend_table, ConsistentRead=True)["Items"]
        return sorted(map(plain, found), key=lambda item: (item["pk"], item["sk"]))

    def close(self, name: str) -> None:
        """End an execution, as when the state machine failed."""
        self.sfn.stop_execution(executionArn=self.state_machine().replace(":stateMachine:", ":execution:") + f":{name}")

    def upstream_key(self, value: str = KEY) -> UpstreamKey:
        """The upstream's key as stored by the operator."""
        self.secrets.create_secret(Name=self.name, SecretString=value)
        return UpstreamKey(self.secrets, self.name, seconds=self.clock.seconds)

    def rotate(self, value: str) -> None:
        """Store another key, as the operator does."""
        self.secrets.put_secret_value(SecretId=self.name, SecretString=value)

    def front(self, **parts: Any) -> "Front":
        """The API over this world."""
        from cliprelay.api.app import Front

        return Front(self.services(**parts))

    def services(self, **parts: Any) -> "Services":
        """What the API works with; it sleeps on the world's clock."""
        from cliprelay.api.services import Services
        from cliprelay.orders.intake import Intake

        usual: dict[str, Any] = {"videos": self.videos, "store": self.store, "identify": self.keys.identify, "clock": self.clock}
        usual |= {"uploads": self.uploads, "seconds": self.clock.seconds, "sleep": self.clock.advance, "public_base_url": ""}
        usual |= {"dispatch": self.dispatch(), "webhook_settings": self.webhook_settings, "webhook_keys": self.webhook_keys}
        usual |= {"webhook_sender": self.webhook_sender, "usage": self.usage} | parts
        executions = usual.pop("executions", None) or self.executions
        inspector, gate = self.inspector(), self.webhook_gate()
        usual.setdefault(
            "intake",
            Intake(usual["videos"], usual["store"], executions, inspector, self.clock, QUEUE_LIMIT, gate, self.budgets, self.repeats),
        )
        return Services(**usual)

    @cached_property
    def key(self) -> str:
        """An API key of the default tenant."""
        return self.keys.create(TENANT)

    def ask(self, method: str, path: str, *, front: "Front | None" = None, key: str | None = "", **request: Any) -> "ApiResponse":
        """Send one request to the API, with the default tenant's key unless another is given (None: without a key)."""
        if front is None:
            self._front = front = getattr(self, "_front", None) or self.front()
        event = request_event(method, path, key=self.key if key == "" else key, arrived=self.clock(), **request)
        return ApiResponse(front.answer(event, None))

    def put(self, video: Video) -> Video:
        """Store a record in any state, bypassing all rules."""
        self.dynamodb.put_item(TableName=self.videos_table, Item=typed(record(video)))
        return video

    def put_many(self, videos: "Iterable[Video]") -> None:
        """Store records as `put` does, with a twenty-fifth of the calls."""
        puts = [{"PutRequest": {"Item": typed(record(video))}} for video in videos]
        for first in range(0, len(puts), 25):
            self.dynamodb.batch_write_item(RequestItems={self.videos_table: puts[first : first + 25]})

    def change(self, video_id: str, **values: Any) -> None:
        """Write attributes, bypassing all rules, like a concurrent process; None removes one."""
        item = self.item(video_id) | values
        filled = {name: value for name, value in item.items() if value is not None}
        self.dynamodb.put_item(TableName=self.videos_table, Item=typed(filled))

    def item(self, item_id: str) -> dict[str, Any]:
        """Return an item as stored; empty if there is none."""
        answer = self.dynamodb.get_item(TableName=self.videos_table, Key={"id": {"S": item_id}}, ConsistentRead=True)
        return plain(answer.get("Item", {}))

    def read(self, video_id: str) -> Video:
        video = self.videos.get(video_id)
        assert video is not None
        return video

    def items(self) -> list[dict[str, Any]]:
        """Return all items of the table."""
        return [plain(item) for item in self.dynamodb.scan(TableName=self.videos_table)["Items"]]

    def objects(self) -> list[str]:
        """Return all keys of the bucket."""
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]
