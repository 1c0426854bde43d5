"""Build the parts of the product from the settings, each on first use and cached.

Each builder imports its own part, because a function pays for every import at its cold start; there is one client per service.
"""

from collections.abc import Callable
from functools import cache
from typing import IO, TYPE_CHECKING, Literal, TypeVar, cast

import boto3
from botocore.config import Config

from cliprelay import ids, settings, telemetry
from cliprelay.aws.lazy_client import LazyClient
from cliprelay.video.table import VideoTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

    from cliprelay.admission.table import ControlsTable
    from cliprelay.catalog.registry import Offer
    from cliprelay.images.uploads import UploadStore
    from cliprelay.media.bucket import MediaBucket
    from cliprelay.media.download import Downloader
    from cliprelay.media.thumbnail import Look
    from cliprelay.net.guard import Guard
    from cliprelay.net.urls import AddressRules, Limits
    from cliprelay.notifications.alarms import AlarmsTopic
    from cliprelay.notifications.topic import EventsTopic
    from cliprelay.orders.image_check import Inspector
    from cliprelay.steps.sweep_budgets import BudgetSweeper
    from cliprelay.steps.sweep_lease import SweepLease
    from cliprelay.tenants.api_keys import ApiKeyTable
    from cliprelay.tenants.budgets import BudgetTable
    from cliprelay.tenants.usage import UsageTable
    from cliprelay.upstream.contract import Provider
    from cliprelay.upstream.credentials import UpstreamKey
    from cliprelay.video.executions import Executions
    from cliprelay.video.repeats import RepeatTable
    from cliprelay.video.spend import SpendTable
    from cliprelay.webhooks.dispatch import Dispatch
    from cliprelay.webhooks.executions import DeliveryExecutions
    from cliprelay.webhooks.operator_alerts import OperatorAlerts
    from cliprelay.webhooks.secrets import WebhookKeys
    from cliprelay.webhooks.sender import WebhookSender
    from cliprelay.webhooks.settings import WebhookSettingsTable
    from cliprelay.webhooks.table import DeliveryTable
    from cliprelay.webhooks.validation import WebhookValidator
    from cliprelay.workflow.deletion import Eraser
    from cliprelay.workflow.durations_table import DurationsTable

Client = TypeVar("Client")


@cache
def _calls() -> Config:
    """Return how AWS is called: all calls are small, and if one hangs, there must be time for a second try within a function's time-out.

    On Lambda, botocore need not check the parameters of each call again, an eighth of a request's processor time; in tests it does.
    Given no User-Agent, it would compose one twice for every call, a quarter of the call's processor time.
    """
    return Config(
        connect_timeout=3,
        read_timeout=10,
        retries={"mode": "standard", "max_attempts": 4},
        parameter_validation=not settings.is_lambda(),
        user_agent="ClipRelay",
    )


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=_calls())


@cache
def step_functions_client() -> "SFNClient":
    """Return the client of Step Functions."""
    return boto3.client("stepfunctions", config=_calls())


@cache
def secrets_client() -> "SecretsManagerClient":
    """Return the client of Secrets Manager."""
    return boto3.client("secretsmanager", config=_calls())


@cache
def sns_client() -> "SNSClient":
    """Return the client of SNS."""
    return boto3.client("sns", config=_calls())


@cache
def _sqs_client() -> "SQSClient":
    return boto3.client("sqs", config=_calls())


def _lazy(build: Callable[[], Client]) -> Client:
    """Return a stand-in for a client that many sandboxes never use."""
    return cast("Client", LazyClient(build))


@cache
def videos() -> VideoTable:
    """Return the table of videos."""
    return VideoTable(_dynamodb(), settings.videos_table(), retention=settings.retention(), event_ids=ids.event_id, spend=spend)


@cache
def repeats() -> "RepeatTable":
    """Return the registers of equal orders, some items in the table of videos."""
    from cliprelay.video.repeats import RepeatTable

    return RepeatTable(_dynamodb(), settings.videos_table())


@cache
def spend() -> "SpendTable":
    """Return the table of what videos cost."""
    from cliprelay.video.spend import SpendTable

    return SpendTable(_dynamodb(), settings.spend_table())


@cache
def budgets() -> "BudgetTable":
    """Return the budgets, in the table of what videos cost."""
    from cliprelay.tenants.budgets import BudgetTable

    return BudgetTable(spend())


@cache
def usage() -> "UsageTable":
    """Return the counters of usage, in the table of what videos cost."""
    from cliprelay.tenants.usage import UsageTable

    return UsageTable(spend())


@cache
def controls() -> "ControlsTable":
    """Return the pause switch and the breaker, one item in the table of videos."""
    from cliprelay.admission.table import ControlsTable

    return ControlsTable(_dynamodb(), settings.videos_table())


@cache
def durations() -> "DurationsTable":
    """Return the durations at the upstream, some items in the table of videos."""
    from cliprelay.workflow.durations_table import DurationsTable

    return DurationsTable(_dynamodb(), settings.videos_table(), telemetry.clock)


def sweep_lease() -> "SweepLease":
    """Return the lease of this invocation of the sweep."""
    from cliprelay.steps.sweep_lease import SweepLease

    return SweepLease(_dynamodb(), settings.videos_table(), ids.claim_token)


def budget_sweeper() -> "BudgetSweeper":
    """Return the part of the sweep that publishes which budgets have reached a share of their limit."""
    from cliprelay.steps.sweep_budgets import BudgetSweeper

    clock, retention = telemetry.clock, settings.retention()
    return BudgetSweeper(budgets(), alarms_topic(), webhook_settings(), deliveries(), delivery_executions(), clock, retention)


def offer() -> "Offer":
    """Return the models on offer; raises UnknownModels if the operator's list contains an unknown one."""
    from cliprelay.catalog.registry import Offer

    return Offer.of(settings.enabled_models())


def aliases() -> "dict[str, str]":
    """Return the operator's further names of models; raises UnknownModels for one that stands for no model."""
    from cliprelay.catalog.families import read_aliases

    return read_aliases(settings.model_aliases())


@cache
def uploads() -> "UploadStore":
    """Return the part of the bucket that clients upload to."""
    from cliprelay.images.uploads import UploadStore

    return UploadStore(_lazy(s3_client), settings.video_bucket())


def inspector() -> "Inspector":
    """Return the inspector for the images of an order."""
    from cliprelay.orders.image_check import ImageProbe, Inspector  # only the API needs it

    return Inspector(uploads(), guard(), ImageProbe(settings.image_probe()))


@cache
def store() -> "MediaBucket":
    """Return the bucket of videos and input images."""
    from cliprelay.media.bucket import MediaBucket

    return MediaBucket(_lazy(s3_client), settings.video_bucket())


@cache
def s3_client() -> "S3Client":
    """Return the client of S3, whose presigned URLs work in the bucket's own region."""
    region = boto3.session.Session().region_name
    local = settings.is_local()
    # A presigned URL needs the bucket's regional host: the global one redirects new buckets, and a redirect breaks the signature.
    regional = None if local else f"https://s3.{region}.amazonaws.com"
    style: Literal["path", "virtual"] = "path" if local else "virtual"
    # Large objects: longer than for small calls, still far below Archive's time-out.
    large = Config(read_timeout=60, signature_version="s3v4", s3={"addressing_style": style})
    return boto3.client("s3", region_name=region, endpoint_url=regional, config=_calls().merge(large))


@cache
def keys() -> "ApiKeyTable":
    """Return the table of API keys."""
    from cliprelay.tenants.api_keys import ApiKeyTable

    return ApiKeyTable(_dynamodb(), settings.keys_table(), has_budget=budgets().applies)


@cache
def executions() -> "Executions":
    """Return the state machine of videos."""
    from cliprelay.video.executions import Executions

    return Executions(_lazy(step_functions_client), settings.state_machine_arn())


@cache
def dispatch() -> "Dispatch":
    """Return the dispatch, which starts deliveries."""
    from cliprelay.webhooks.dispatch import Dispatch

    return Dispatch(deliveries(), webhook_settings(), delivery_executions(), telemetry.clock, settings.retention())


@cache
def deliveries() -> "DeliveryTable":
    """Return the table of deliveries."""
    from cliprelay.webhooks.table import DeliveryTable

    return DeliveryTable(_dynamodb(), settings.webhooks_table())


def eraser() -> "Eraser":
    """Return the part of the sweep that deletes the objects of deleted videos."""
    from cliprelay.workflow.deletion import Eraser

    return Eraser(videos(), deliveries(), store(), telemetry.clock)


@cache
def webhook_settings() -> "WebhookSettingsTable":
    """Return the webhook settings of tenants, in the same table as deliveries."""
    from cliprelay.webhooks.settings import WebhookSettingsTable

    return WebhookSettingsTable(_dynamodb(), settings.webhooks_table())


@cache
def delivery_executions() -> "DeliveryExecutions":
    """Return the state machine of deliveries."""
    from cliprelay.webhooks.executions import DeliveryExecutions

    return DeliveryExecutions(_lazy(step_functions_client), settings.delivery_state_machine_arn())


@cache
def webhook_keys() -> "WebhookKeys":
    """Return the webhook secrets of all tenants."""
    from cliprelay.webhooks.secrets import WebhookKeys

    return WebhookKeys(_lazy(secrets_client), settings.webhook_secret_arn())


def webhook_gate() -> "WebhookValidator":
    """Return the validator of an order's webhook."""
    from cliprelay.webhooks.validation import WebhookValidator

    return WebhookValidator(webhook_settings(), guard().check_reachable)


@cache
def webhook_sender() -> "WebhookSender":
    """Return the sender, which POSTs events to webhooks."""
    from cliprelay.webhooks.sender import WebhookSender

    return WebhookSender(guard(), telemetry.clock)


@cache
def operator_alerts() -> "OperatorAlerts":
    """Return the alarms topic with the dead-letter queue of undeliverable events."""
    from cliprelay.webhooks.operator_alerts import OperatorAlerts

    sqs = _lazy(_sqs_client)
    return OperatorAlerts(_lazy(sns_client), settings.alarms_topic_arn(), sqs, settings.undelivered_queue_url())


@cache
def upstream_key() -> "UpstreamKey":
    """Return the upstream's API key, stored in Secrets Manager."""
    from cliprelay.upstream.credentials import UpstreamKey

    return UpstreamKey(_lazy(secrets_client), settings.upstream_secret_arn())


@cache
def upstream() -> "Provider":
    """Return the client of the upstream's API."""
    from cliprelay.upstream.myrouter.client import MyRouter

    submit_seconds = settings.paid_call_timeout().total_seconds()
    key = upstream_key()
    return MyRouter(settings.upstream_url(), key, fresh_key=key.refetch, submit_seconds=submit_seconds)


@cache
def events_topic() -> "EventsTopic":
    """Return the topic of events."""
    from cliprelay.notifications.topic import EventsTopic

    return EventsTopic(_lazy(sns_client), settings.events_topic_arn())


@cache
def alarms_topic() -> "AlarmsTopic":
    """Return the topic of alarms."""
    from cliprelay.notifications.alarms import AlarmsTopic

    return AlarmsTopic(_lazy(sns_client), settings.alarms_topic_arn())


@cache
def downloader() -> "Downloader":
    """Return the downloader of finished videos, limited by the function's disk."""
    from cliprelay.media.download import Downloader

    return Downloader(guard(), settings.download_limit())


def look_at() -> "Callable[[IO[bytes], float], Look]":
    """Return the function that probes a video file and draws its poster; only Thumbnail has FFmpeg's libraries."""
    from cliprelay.media.thumbnail import look_at

    return look_at


@cache
def guard() -> "Guard":
    """Return the guard, which opens URLs from clients and the upstream."""
    from cliprelay.net.guard import Guard

    return Guard(_address_rules(), settings.allowed_ports(), own=settings.this_machine())


def addresses() -> "Limits":
    """Return the limits on URLs from clients."""
    from cliprelay.net.urls import Limits

    return Limits(_address_rules(), settings.allowed_ports())


def _address_rules() -> "AddressRules":
    from cliprelay.net.urls import AddressRules

    return AddressRules(settings.address_rules())
