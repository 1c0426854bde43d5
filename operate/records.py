"""The records of a deployment's videos, through the layer's own doors."""

from datetime import timedelta

from cliprelay import ids
from cliprelay.controls_table import ControlsTable
from cliprelay.video import Video
from cliprelay.video_table import VideoTable
from operate.deployment import Deployment
from operate.trouble import Trouble

# The default of template.yaml, for a stack that does not list its parameters.
RETENTION_DAYS = "30"


def videos(deployment: Deployment, table: str | None = None) -> VideoTable:
    """The table of videos; it keeps ended ones for as long as the functions do."""
    retention = timedelta(days=int(deployment.parameter("RetentionDays") or RETENTION_DAYS))
    name = table or deployment.output("VideosTableName")
    return VideoTable(deployment.client("dynamodb"), name, retention=retention, event_ids=ids.event_id)


def controls(deployment: Deployment, table: str | None = None) -> ControlsTable:
    """The pause switch and the breaker."""
    return ControlsTable(deployment.client("dynamodb"), table or deployment.output("VideosTableName"))


def known(table: VideoTable, video_id: str, deployment: Deployment) -> Video:
    """The video of that id; raises Trouble when there is none."""
    video = table.get(video_id)
    if video is None:
        raise Trouble(f"there is no video {video_id} in {deployment}; `{deployment.command('videos list')}` shows which there are")
    return video
