"""Build the product's own tables and clients for a deployment."""

import time
from datetime import UTC, datetime, timedelta

from cliprelay import ids
from cliprelay.admission.table import ControlsTable
from cliprelay.media.bucket import MediaBucket
from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from cliprelay.tenants.api_keys import ApiKeyTable
from cliprelay.tenants.budgets import BudgetTable
from cliprelay.tenants.usage import UsageTable
from cliprelay.video.record import Video
from cliprelay.video.spend import SpendTable
from cliprelay.video.table import VideoTable
from cliprelay.webhooks.dispatch import Dispatch
from cliprelay.webhooks.executions import DeliveryExecutions
from cliprelay.webhooks.sample_events import SampleEvents
from cliprelay.webhooks.secrets import WebhookKeys
from cliprelay.webhooks.sender import WebhookSender
from cliprelay.webhooks.settings import WebhookSettingsTable
from cliprelay.webhooks.table import DeliveryTable
from operate.deployment import Deployment
from operate.errors import CommandError

# The default in template.yaml, for a stack that does not list its parameters.
RETENTION_DAYS = "30"


def videos(deployment: Deployment, table: str | None = None) -> VideoTable:
    """Return the videos table, with the retention that the deployed functions use."""
    kept = retention(deployment)
    name = table or deployment.output("VideosTableName")
    return VideoTable(deployment.client("dynamodb"), name, retention=kept, event_ids=ids.event_id, spend=lambda: spend(deployment))


def spend(deployment: Deployment) -> SpendTable:
    """Return the table of what videos cost."""
    return SpendTable(deployment.client("dynamodb"), deployment.output("SpendTableName"))


def budgets(deployment: Deployment) -> BudgetTable:
    """Return the budgets."""
    return BudgetTable(spend(deployment))


def usage(deployment: Deployment) -> UsageTable:
    """Return the counters of usage."""
    return UsageTable(spend(deployment))


def keys(deployment: Deployment) -> ApiKeyTable:
    """Return the table of API keys."""
    return ApiKeyTable(deployment.client("dynamodb"), deployment.output("KeysTableName"))


def controls(deployment: Deployment, table: str | None = None) -> ControlsTable:
    """Return the table of the pause switch and the circuit breaker."""
    return ControlsTable(deployment.client("dynamodb"), table or deployment.output("VideosTableName"))


def media(deployment: Deployment) -> MediaBucket:
    """Return the bucket of videos."""
    return MediaBucket(deployment.client("s3"), deployment.output("VideoBucketName"))


def webhook_settings(deployment: Deployment) -> WebhookSettingsTable:
    """Return the table of the tenants' webhook settings."""
    return WebhookSettingsTable(deployment.client("dynamodb"), deployment.output("WebhooksTableName"))


def webhook_keys(deployment: Deployment) -> WebhookKeys:
    """Return the source of the tenants' webhook secrets."""
    return WebhookKeys(deployment.client("secretsmanager"), deployment.output("WebhookSecretArn"))


def address_rules(deployment: Deployment) -> AddressRules:
    """Return which addresses a deployment sends webhooks to."""
    return AddressRules.LOOPBACK if deployment.is_local else AddressRules.PUBLIC


def sample_events(deployment: Deployment) -> SampleEvents:
    """Return the part that sends test events, from this machine."""

    def now() -> datetime:
        return datetime.now(UTC)

    return SampleEvents(webhook_keys(deployment), WebhookSender(Guard(address_rules(deployment)), now), now, time.monotonic)


def dispatch(deployment: Deployment) -> Dispatch:
    """Return the part that starts deliveries."""
    deliveries = DeliveryTable(deployment.client("dynamodb"), deployment.output("WebhooksTableName"))
    executions = DeliveryExecutions(deployment.client("stepfunctions"), deployment.output("DeliveryStateMachineArn"))
    return Dispatch(deliveries, webhook_settings(deployment), executions, lambda: datetime.now(UTC), retention(deployment))


def retention(deployment: Deployment) -> timedelta:
    """Return how long an ended video is kept."""
    return timedelta(days=int(deployment.parameter("RetentionDays") or RETENTION_DAYS))


def get_video(table: VideoTable, video_id: str, deployment: Deployment) -> Video:
    """Return the video with this id; raise CommandError if there is none."""
    video = table.get(video_id)
    if video is None:
        raise CommandError(f"there is no video {video_id} in {deployment}; list the videos with `{deployment.command('videos list')}`")
    return video
