"""Build the parts of the product from the settings, each on first use and cached."""

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
from cliprelay.net.urls import AddressRules, Limits
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

# All AWS calls are small; if one hangs, there must be time for a second try within every function's time-out.
_CALLS = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "max_attempts": 4})


@cache
def videos() -> VideoTable:
    """Return the table of videos."""
    client = boto3.client("dynamodb", config=_CALLS)
    return VideoTable(client, settings.videos_table(), retention=settings.retention(), event_ids=ids.event_id)


@cache
def controls() -> ControlsTable:
    """Return the pause switch and the breaker, one item in the table of videos."""
    return ControlsTable(boto3.client("dynamodb", config=_CALLS), settings.videos_table())


def offer() -> Offer:
    """Return the models on offer; raises UnknownModels if the operator's list contains an unknown one."""
    return Offer.of(settings.enabled_models())


@cache
def uploads() -> "UploadStore":
    """Return the part of the bucket that clients upload to."""
    from cliprelay.images.uploads import UploadStore

    return UploadStore(_s3_client(), settings.video_bucket())


def inspector() -> "Inspector":
    """Return the inspector for the images of an order."""
    from cliprelay.orders.image_check import ImageProbe, Inspector  # only the API needs it

    return Inspector(uploads(), guard(), ImageProbe(settings.image_probe()))


@cache
def store() -> MediaBucket:
    """Return the bucket of videos and input images."""
    return MediaBucket(_s3_client(), settings.video_bucket())


@cache
def _s3_client() -> "S3Client":
    region = boto3.session.Session().region_name
    local = settings.is_local()
    # A presigned URL needs the bucket's regional host: the global one redirects new buckets, and a redirect breaks the signature.
    regional = None if local else f"https://s3.{region}.amazonaws.com"
    style: Literal["path", "virtual"] = "path" if local else "virtual"
    # Large objects: longer than for small calls, still far below Archive's time-out.
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
    """Return the table of API keys."""
    return ApiKeyTable(boto3.client("dynamodb", config=_CALLS), settings.keys_table())


@cache
def executions() -> Executions:
    """Return the state machine of videos."""
    return Executions(boto3.client("stepfunctions", config=_CALLS), settings.state_machine_arn())


@cache
def dispatch() -> Dispatch:
    """Return the dispatch, which starts deliveries."""
    return Dispatch(deliveries(), webhook_settings(), delivery_executions(), telemetry.clock, settings.retention())


@cache
def deliveries() -> DeliveryTable:
    """Return the table of deliveries."""
    return DeliveryTable(boto3.client("dynamodb", config=_CALLS), settings.webhooks_table())


@cache
def webhook_settings() -> WebhookSettingsTable:
    """Return the webhook settings of tenants, in the same table as deliveries."""
    return WebhookSettingsTable(boto3.client("dynamodb", config=_CALLS), settings.webhooks_table())


@cache
def delivery_executions() -> DeliveryExecutions:
    """Return the state machine of deliveries."""
    return DeliveryExecutions(boto3.client("stepfunctions", config=_CALLS), settings.delivery_state_machine_arn())


@cache
def webhook_keys() -> "WebhookKeys":
    """Return the webhook secrets of all tenants."""
    from cliprelay.webhooks.secrets import WebhookKeys  # only here: cryptography slows every cold start that loads it

    return WebhookKeys(boto3.client("secretsmanager", config=_CALLS), settings.webhook_secret_arn())


def webhook_gate() -> WebhookValidator:
    """Return the validator of an order's webhook."""
    return WebhookValidator(webhook_settings(), guard().check_reachable)


@cache
def webhook_sender() -> WebhookSender:
    """Return the sender, which POSTs events to webhooks."""
    return WebhookSender(guard(), telemetry.clock)


@cache
def operator_alerts() -> OperatorAlerts:
    """Return the alarms topic with the dead-letter queue of undeliverable events."""
    sns, sqs = boto3.client("sns", config=_CALLS), boto3.client("sqs", config=_CALLS)
    return OperatorAlerts(sns, settings.alarms_topic_arn(), sqs, settings.undelivered_queue_url())


@cache
def upstream_key() -> UpstreamKey:
    """Return the upstream's API key, stored in Secrets Manager."""
    return UpstreamKey(boto3.client("secretsmanager", config=_CALLS), settings.upstream_secret_arn())


@cache
def upstream() -> Provider:
    """Return the client of the upstream's API."""
    submit_seconds = settings.paid_call_timeout().total_seconds()
    return MyRouter(settings.upstream_url(), upstream_key(), submit_seconds=submit_seconds)


@cache
def events_topic() -> EventsTopic:
    """Return the topic of events."""
    return EventsTopic(boto3.client("sns", config=_CALLS), settings.events_topic_arn())


@cache
def downloader() -> Downloader:
    """Return the downloader of finished videos, limited by the function's disk."""
    return Downloader(guard(), settings.download_limit())


@cache
def guard() -> Guard:
    """Return the guard, which opens URLs from clients and the upstream."""
    return Guard(AddressRules(settings.address_rules()), settings.allowed_ports(), own=settings.this_machine())


def addresses() -> Limits:
    """Return the limits on URLs from clients."""
    return Limits(AddressRules(settings.address_rules()), settings.allowed_ports())
