"""What must hold for canceled videos, and for those whose clients limit when they are submitted."""

from typing import TYPE_CHECKING, Any

from cliprelay.video.listing import listing_now
from cliprelay.video.record import Video
from cliprelay.video.shown import billed
from cliprelay.video.states import Status
from tests.simulation.checks.history import History
from tests.simulation.runtime.lambda_service import LARGEST_SKEW, LONGEST_FREEZE
from tests.simulation.upstream.ledger import PaidTask

if TYPE_CHECKING:
    from tests.simulation.world import World

# Between the last look at the clock and the upstream's acceptance lies the paid call.
CALL = 180.0


def problems_of_write(before: dict[str, Any] | None, after: dict[str, Any]) -> list[str]:
    """Return what is wrong with one write."""
    video, found = Video.from_item(after), []
    before = before or {}
    if before.get("cancel_requested_at") and before["status"] != after["status"] and after["status"] in ("queued", "submitting"):
        found.append(f"was canceled, and went from {before['status']} to {after['status']}")
    if before.get("cancel_requested_at") not in (None, after.get("cancel_requested_at")) or (before.get("discard") and not video.discard):
        found.append("is no longer canceled as it was")
    if after.get("listing") != listing_now(video):
        found.append(f"is listed as {after.get('listing')}, and not as {listing_now(video)}")
    if video.status is Status.QUEUED and video.deadline > video.submit_by:
        found.append(f"may wait in the queue until {video.deadline}, and not until {video.submit_by}")
    return found


def judge_canceled(world: "World", video_id: str, history: History, tasks: list[PaidTask]) -> None:
    """Check what a canceled video says of the money, and that nothing of a discarded one is left."""
    video, cancels = Video.from_item(history.record), world.clients.cancels
    bill = billed(video)
    if video_id in cancels.granted and video.cancel_requested_at is None:
        world.records.violate("cancel", f"{video_id} was answered as canceled, and is not")
    if bill == "no" and tasks:
        world.records.violate("cancel", f"{video_id} says that nothing is billed, and was paid: {tasks[0].how} {history.moves}")
    if bill == "yes" and not tasks:
        world.records.violate("cancel", f"{video_id} says that it is billed, and is not")
    if video_id in cancels.discarded or video.discard:
        left = [key for bucket in world.aws.s3.buckets.values() for key in bucket if video_id in key]
        if left:
            world.records.violate("discard", f"{video_id} was to be thrown away, and left {left}: {history.moves}")


def judge_limits(world: "World", video_id: str, history: History, tasks: list[PaidTask]) -> None:
    """Check that nothing was paid before `not_before`, or after `expires_in`; a clock may be wrong, and a process freeze."""
    video = Video.from_item(history.record)
    early, late = (1.0, CALL) if world.settings.calm else (LARGEST_SKEW, LARGEST_SKEW + LONGEST_FREEZE + CALL)
    for task in tasks:
        if video.not_before and task.accepted_at < video.begins_at.timestamp() - early:
            world.records.violate("limits", f"{video_id} was paid {video.begins_at.timestamp() - task.accepted_at:.0f} s too early")
        if video.expires_in is not None and task.accepted_at > video.submit_by + late:
            world.records.violate("limits", f"{video_id} was paid {task.accepted_at - video.submit_by:.0f} s too late")
