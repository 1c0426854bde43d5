"""From the environment to working parts: each is built on first use and kept warm; nothing else reads the environment."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric
from botocore.config import Config

from cliprelay import ids
from cliprelay.addresses import AddressRules
from cliprelay.controls_table import ControlsTable
from cliprelay.delivery_table import DeliveryTable
from cliprelay.dispatch import Dispatch
from cliprelay.download import Downloader
from cliprelay.events_topic import EventsTopic
from cliprelay.executions import DeliveryExecutions, Executions
from cliprelay.guard import Guard
from cliprelay.keys import KeyRing
from cliprelay.models.registry import Offer
from cliprelay.owner_desk import OwnerDesk
from cliprelay.upstream import Upstream
from cliprelay.upstream_key import UpstreamKey
from cliprelay.video_store import VideoStore
from cliprelay.video_table import VideoTable
from cliprelay.webhook_gate import WebhookGate
from cliprelay.webhook_sender import WebhookSender
from cliprelay.webhook_settings import WebhookSettingsTable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from cliprelay.inspection import Inspector
    from cliprelay.upload_store import UploadStore
    from cliprelay.webhook_keys import WebhookKeys

# AWS calls are all small; a door that hangs must leave time for a second try inside every function's time-out.
_CALLS = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 4})
# Submit waits for the upstream's answer this much shorter than it lives, and is believed dead this much later than it can live.
_SUBMIT_RESERVE = timedelta(seconds=60)
# Of the function's disk, some is Lambda's own and the runtime's.
_DISK_SHARE = 0.9


def _env(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise KeyError(f"the environment variable {name} is missing: template.yaml declares it for this function")
    return value


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@cache
def _logger() -> Logger:
    # The modules' own loggers are children of this one by name.
    return Logger(service="cliprelay")


def log_as(step: str, event: Mapping[str, Any], context: Any) -> None:
    """Give every log line of this invocation its step, its video and its request id."""
    known = {"video_id": event["video_id"], "run": event.get("run")} if "video_id" in event else {}
    _logger().clear_state()
    _logger().append_keys(step=step, function_request_id=getattr(context, "aws_request_id", None), **known)


def measure(name: str, value: float) -> None:
    """Set a metric of the namespace that the template names."""
    with single_metric(name=name, unit=MetricUnit.Count, value=value) as metric:
        metric.add_dimension("service", "cliprelay")


def count(name: str) -> None:
    """Add one to a metric."""
    measure(name, 1)


@cache
def videos() -> VideoTable:
    """The table of videos."""
    client = boto3.client("dynamodb", config=_CALLS)
    return VideoTable(client, _env("VIDEOS_TABLE"), retention=_retention(), event_ids=ids.event_id)


def _retention() -> timedelta:
    return timedelta(days=int(_env("RETENTION_DAYS")))


@cache
def controls() -> ControlsTable:
    """The pause switch and the breaker, an item of the table of videos."""
    return ControlsTable(boto3.client("dynamodb", config=_CALLS), _env("VIDEOS_TABLE"))


def queue_limit() -> int:
    """How many videos of one tenant may wait to be submitted."""
    return int(_env("QUEUE_LIMIT"))


def offer() -> Offer:
    """The models that this deployment offers; raises UnknownModels when the owner's list names one that nobody knows."""
    return Offer.of(_env("ENABLED_MODELS"))


@cache
def uploads() -> "UploadStore":
    """The part of the bucket that clients write."""
    from cliprelay.upload_store import UploadStore

    return UploadStore(_s3_client(), _env("VIDEO_BUCKET"))


def inspector() -> "Inspector":
    """Looks at the images of an order."""
    from cliprelay.inspection import ImageProbe, Inspector  # only the API needs it

    return Inspector(uploads(), guard(), ImageProbe(_env("IMAGE_PROBE")))


@cache
def store() -> VideoStore:
    """The bucket of videos and input images."""
    return VideoStore(_s3_client(), _env("VIDEO_BUCKET"))


@cache
def _s3_client() -> "S3Client":
    region = boto3.session.Session().region_name
    local = os.environ.get("AWS_ENDPOINT_URL")
    # A presigned URL must name the bucket's regional host: the global one redirects new buckets, and a redirect breaks the signature.
    regional = None if local else f"https://s3.{region}.amazonaws.com"
    style: Literal["path", "virtual"] = "path" if local else "virtual"
    # Large objects: longer than the small calls, still far below Archive's time.
    config = Config(
        connect_timeout=3,
        read_timeout=60,
        retries={"mode": "standard", "max_attempts": 4},
        signature_version="s3v4",
        s3={"addressing_style": style},
    )
    return boto3.client("s3", region_name=region, endpoint_url=regional, config=config)


@cache
def keys() -> KeyRing:
    """The table of API keys."""
    return KeyRing(boto3.client("dynamodb", config=_CALLS), _env("KEYS_TABLE"))


@cache
def executions() -> Executions:
    """The state machine that keeps the videos."""
    return Executions(boto3.client("stepfunctions", config=_CALLS), _env("STATE_MACHINE_ARN"))


@cache
def dispatch() -> Dispatch:
    """What begins deliveries."""
    return Dispatch(deliveries(), webhook_settings(), delivery_executions(), clock, _retention())


@cache
def deliveries() -> DeliveryTable:
    """The records of deliveries."""
    return DeliveryTable(boto3.client("dynamodb", config=_CALLS), _env("WEBHOOKS_TABLE"))


@cache
def webhook_settings() -> WebhookSettingsTable:
    """What tenants decided about their webhooks, in the same table."""
    return WebhookSettingsTable(boto3.client("dynamodb", config=_CALLS), _env("WEBHOOKS_TABLE"))


@cache
def delivery_executions() -> DeliveryExecutions:
    """The state machine that carries deliveries."""
    return DeliveryExecutions(boto3.client("stepfunctions", config=_CALLS), _env("DELIVERY_STATE_MACHINE_ARN"))


@cache
def webhook_keys() -> "WebhookKeys":
    """The secrets of all tenants."""
    from cliprelay.webhook_keys import WebhookKeys  # only here: cryptography costs every cold start that loads it

    return WebhookKeys(boto3.client("secretsmanager", config=_CALLS), _env("WEBHOOK_SECRET_ARN"))


def webhook_gate() -> WebhookGate:
    """Who looks at an order's webhook before anything is recorded."""
    return WebhookGate(webhook_settings(), guard().check_reachable)


@cache
def webhook_sender() -> WebhookSender:
    """The one who POSTs events to webhooks."""
    return WebhookSender(guard(), clock)


@cache
def owner_desk() -> OwnerDesk:
    """The topic of alarms, and the queue of what could not be delivered."""
    sns, sqs = boto3.client("sns", config=_CALLS), boto3.client("sqs", config=_CALLS)
    return OwnerDesk(sns, _env("ALARMS_TOPIC_ARN"), sqs, _env("UNDELIVERED_QUEUE_URL"))


def flight() -> timedelta:
    """After this long an attempt that was begun is surely not under way any more: its function has timed out."""
    return timedelta(seconds=int(_env("DELIVER_TIMEOUT_SECONDS")))


@cache
def upstream_key() -> UpstreamKey:
    """The upstream's key in Secrets Manager."""
    return UpstreamKey(boto3.client("secretsmanager", config=_CALLS), _env("UPSTREAM_SECRET_ARN"))


@cache
def upstream() -> Upstream:
    """The upstream's API."""
    submit_seconds = (_submit_timeout() - _SUBMIT_RESERVE).total_seconds()
    return Upstream(_env("UPSTREAM_URL"), upstream_key(), submit_seconds=submit_seconds)


def grace() -> timedelta:
    """After this long a silent holder of a claim is surely dead: its function has timed out before."""
    return _submit_timeout() + _SUBMIT_RESERVE


def _submit_timeout() -> timedelta:
    return timedelta(seconds=int(_env("SUBMIT_TIMEOUT_SECONDS")))


@cache
def events_topic() -> EventsTopic:
    """The topic of events."""
    return EventsTopic(boto3.client("sns", config=_CALLS), _env("EVENTS_TOPIC_ARN"))


@cache
def downloader() -> Downloader:
    """The fetcher of finished videos, bounded by the function's disk."""
    limit = int(int(_env("EPHEMERAL_STORAGE_MB")) * 1_000_000 * _DISK_SHARE)
    return Downloader(guard(), limit)


@cache
def guard() -> Guard:
    """Opens the URLs that clients and the upstream give."""
    return Guard(address_rules(), allowed_ports(), own=_this_machine())


def address_rules() -> AddressRules:
    """Which addresses this deployment accepts."""
    return AddressRules(_env("ADDRESS_RULES"))


def allowed_ports() -> frozenset[int]:
    """The ports on which public addresses may be used."""
    return frozenset(int(port) for port in _env("ALLOWED_PORTS").split(","))


def _this_machine() -> frozenset[str]:
    """Where the local service listens when that is not loopback: its simulator's films are there, too. In the cloud, nowhere."""
    host = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname
    return frozenset({host}) if host else frozenset()


def public_base_url() -> str:
    """The owner's own domain, or "" while the API's default one is used."""
    return _env("PUBLIC_BASE_URL").rstrip("/")
