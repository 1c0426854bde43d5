"""From the settings to working parts: each is built on first use and kept warm."""

from functools import cache
from typing import TYPE_CHECKING, Literal

import boto3
from botocore.config import Config

from cliprelay import ids, settings, telemetry
from cliprelay.admission.table import ControlsTable
from cliprelay.catalog.registry import Offer
from cliprelay.media.bucket import MediaBucket
from cliprelay.media.download import Downloader
from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from cliprelay.notifications.topic import EventsTopic
from cliprelay.tenants.api_keys import ApiKeyTable
from cliprelay.upstream.contract import Provider
from cliprelay.upstream.credentials import UpstreamKey
from cliprelay.upstream.myrouter.client import MyRouter
from cliprelay.video.executions import Executions
from cliprelay.video.table import VideoTable
from cliprelay.webhooks.dispatch import Dispatch
from cliprelay.webhooks.executions import DeliveryExecutions
from cliprelay.webhooks.operator_alerts import OperatorAlerts
from cliprelay.webhooks.sender import WebhookSender
from cliprelay.webhooks.settings import WebhookSettingsTable
from cliprelay.webhooks.table import DeliveryTable
from cliprelay.webhooks.validation import WebhookValidator

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from cliprelay.images.uploads import UploadStore
    from cliprelay.orders.image_check import Inspector
    from cliprelay.webhooks.secrets import WebhookKeys

# AWS calls are all small; a door that hangs must leave time for a second try inside every function's time-out.
_CALLS = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 4})


@cache
def videos() -> VideoTable:
    """The table of videos."""
    client = boto3.client("dynamodb", config=_CALLS)
    return VideoTable(client, settings.videos_table(), retention=settings.retention(), event_ids=ids.event_id)


@cache
def controls() -> ControlsTable:
    """The pause switch and the breaker, an item of the table of videos."""
    return ControlsTable(boto3.client("dynamodb", config=_CALLS), settings.videos_table())


def offer() -> Offer:
    """The models that this deployment offers; raises UnknownModels when the owner's list names one that nobody knows."""
    return Offer.of(settings.enabled_models())


@cache
def uploads() -> "UploadStore":
    """The part of the bucket that clients write."""
    from cliprelay.images.uploads import UploadStore

    return UploadStore(_s3_client(), settings.video_bucket())


def inspector() -> "Inspector":
    """Looks at the images of an order."""
    from cliprelay.orders.image_check import ImageProbe, Inspector  # only the API needs it

    return Inspector(uploads(), guard(), ImageProbe(settings.image_probe()))


@cache
def store() -> MediaBucket:
    """The bucket of videos and input images."""
    return MediaBucket(_s3_client(), settings.video_bucket())


@cache
def _s3_client() -> "S3Client":
    region = boto3.session.Session().region_name
    local = settings.is_local()
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
def keys() -> ApiKeyTable:
    """The table of API keys."""
    return ApiKeyTable(boto3.client("dynamodb", config=_CALLS), settings.keys_table())


@cache
def executions() -> Executions:
    """The state machine that keeps the videos."""
    return Executions(boto3.client("stepfunctions", config=_CALLS), settings.state_machine_arn())


@cache
def dispatch() -> Dispatch:
    """What begins deliveries."""
    return Dispatch(deliveries(), webhook_settings(), delivery_executions(), telemetry.clock, settings.retention())


@cache
def deliveries() -> DeliveryTable:
    """The records of deliveries."""
    return DeliveryTable(boto3.client("dynamodb", config=_CALLS), settings.webhooks_table())


@cache
def webhook_settings() -> WebhookSettingsTable:
    """What tenants decided about their webhooks, in the same table."""
    return WebhookSettingsTable(boto3.client("dynamodb", config=_CALLS), settings.webhooks_table())


@cache
def delivery_executions() -> DeliveryExecutions:
    """The state machine that carries deliveries."""
    return DeliveryExecutions(boto3.client("stepfunctions", config=_CALLS), settings.delivery_state_machine_arn())


@cache
def webhook_keys() -> "WebhookKeys":
    """The secrets of all tenants."""
    from cliprelay.webhooks.secrets import WebhookKeys  # only here: cryptography costs every cold start that loads it

    return WebhookKeys(boto3.client("secretsmanager", config=_CALLS), settings.webhook_secret_arn())


def webhook_gate() -> WebhookValidator:
    """Who looks at an order's webhook before anything is recorded."""
    return WebhookValidator(webhook_settings(), guard().check_reachable)


@cache
def webhook_sender() -> WebhookSender:
    """The one who POSTs events to webhooks."""
    return WebhookSender(guard(), telemetry.clock)


@cache
def operator_alerts() -> OperatorAlerts:
    """The topic of alarms, and the queue of what could not be delivered."""
    sns, sqs = boto3.client("sns", config=_CALLS), boto3.client("sqs", config=_CALLS)
    return OperatorAlerts(sns, settings.alarms_topic_arn(), sqs, settings.undelivered_queue_url())


@cache
def upstream_key() -> UpstreamKey:
    """The upstream's key in Secrets Manager."""
    return UpstreamKey(boto3.client("secretsmanager", config=_CALLS), settings.upstream_secret_arn())


@cache
def upstream() -> Provider:
    """The upstream's API."""
    submit_seconds = settings.paid_call_timeout().total_seconds()
    return MyRouter(settings.upstream_url(), upstream_key(), store().read_input, submit_seconds=submit_seconds)


@cache
def events_topic() -> EventsTopic:
    """The topic of events."""
    return EventsTopic(boto3.client("sns", config=_CALLS), settings.events_topic_arn())


@cache
def downloader() -> Downloader:
    """The fetcher of finished videos, bounded by the function's disk."""
    return Downloader(guard(), settings.download_limit())


@cache
def guard() -> Guard:
    """Opens the URLs that clients and the upstream give."""
    return Guard(AddressRules(settings.address_rules()), settings.allowed_ports(), own=settings.this_machine())
