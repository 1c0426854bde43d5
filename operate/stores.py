"""The records of a deployment's videos, through the layer's own doors."""

from datetime import UTC, datetime, timedelta

from cliprelay import ids
from cliprelay.admission.table import ControlsTable
from cliprelay.video.record import Video
from cliprelay.video.table import VideoTable
from cliprelay.webhooks.dispatch import Dispatch
from cliprelay.webhooks.executions import DeliveryExecutions
from cliprelay.webhooks.secrets import WebhookKeys
from cliprelay.webhooks.settings import WebhookSettingsTable
from cliprelay.webhooks.table import DeliveryTable
from operate.deployment import Deployment
from operate.errors import Trouble

# The default of template.yaml, for a stack that does not list its parameters.
RETENTION_DAYS = "30"


def videos(deployment: Deployment, table: str | None = None) -> VideoTable:
    """The table of videos; it keeps ended ones for as long as the functions do."""
    retention = _retention(deployment)
    name = table or deployment.output("VideosTableName")
    return VideoTable(deployment.client("dynamodb"), name, retention=retention, event_ids=ids.event_id)


def controls(deployment: Deployment, table: str | None = None) -> ControlsTable:
    """The pause switch and the breaker."""
    return ControlsTable(deployment.client("dynamodb"), table or deployment.output("VideosTableName"))


def webhook_settings(deployment: Deployment) -> WebhookSettingsTable:
    """What the tenants decided about their webhooks."""
    return WebhookSettingsTable(deployment.client("dynamodb"), deployment.output("WebhooksTableName"))


def webhook_keys(deployment: Deployment) -> WebhookKeys:
    """The tenants' webhook secrets."""
    return WebhookKeys(deployment.client("secretsmanager"), deployment.output("WebhookSecretArn"))


def dispatch(deployment: Deployment) -> Dispatch:
    """What begins deliveries."""
    deliveries = DeliveryTable(deployment.client("dynamodb"), deployment.output("WebhooksTableName"))
    executions = DeliveryExecutions(deployment.client("stepfunctions"), deployment.output("DeliveryStateMachineArn"))
    return Dispatch(deliveries, webhook_settings(deployment), executions, lambda: datetime.now(UTC), _retention(deployment))


def _retention(deployment: Deployment) -> timedelta:
    return timedelta(days=int(deployment.parameter("RetentionDays") or RETENTION_DAYS))


def known(table: VideoTable, video_id: str, deployment: Deployment) -> Video:
    """The video of that id; raises Trouble when there is none."""
    video = table.get(video_id)
    if video is None:
        raise Trouble(f"there is no video {video_id} in {deployment}; `{deployment.command('videos list')}` shows which there are")
    return video
