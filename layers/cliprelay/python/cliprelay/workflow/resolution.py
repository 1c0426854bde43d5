"""Decisions of the operator: the outcome of an unconfirmed payment, a file that could not be verified, and a restored table."""

import tempfile
from datetime import UTC, datetime
from typing import Any

from cliprelay.errors import ClipRelayError
from cliprelay.ids import link_bits
from cliprelay.media.bucket import MediaBucket, StoredVideo
from cliprelay.media.mp4.provenance import has_c2pa
from cliprelay.video.charge import ChargeKind, charge_of
from cliprelay.video.kept_copies import KeptCopy, unverified_media
from cliprelay.video.record import Video, iso
from cliprelay.video.states import TERMINAL, Status
from cliprelay.video.table import KEEPER_MARGIN, NotPermitted, VideoTable
from cliprelay.workflow.decisions import requeued


class CannotResolve(ClipRelayError):
    """The video is not waiting for a decision, or no longer; the message gives its state."""


# The next sweep must find the video.
_AT_ONCE = -KEEPER_MARGIN


def adopt(videos: VideoTable, video_id: str, upstream_id: str, now: datetime) -> Video:
    """Adopt a task that the operator found at the upstream; it is polled and archived as usual."""
    video = _doubtful(videos, video_id)
    if video.upstream_id not in (None, upstream_id):
        raise CannotResolve(f"{video_id} already has the upstream task {video.upstream_id}; only that one can be adopted")
    task = videos.task_part(video, upstream_id)
    try:
        return _resolve(videos, video, Status.RUNNING, now, permit=task, upstream_id=upstream_id, waited=0, misses=0, error=None)
    except NotPermitted:
        raise CannotResolve(f"{upstream_id} already belongs to another video") from None


def charged(videos: VideoTable, video_id: str, now: datetime, *, call: int | None = None) -> Video:
    """Fail a video for which the operator found a charge but no task; `call` as in `not_charged`."""
    video = _without_task(videos, video_id, call)
    error = {"code": "charged_without_video", "message": "The upstream charged for the request but has no video for it."}
    return _resolve(videos, video, Status.FAILED, now, error=error)


def not_charged(videos: VideoTable, video_id: str, now: datetime, *, call: int | None = None, end: bool = False) -> Video:
    """Requeue a video for which the operator found no charge, or fail it if `end`; one that its owner has canceled ends as that.

    `call` is the number of the paid call that the operator has looked for, and only the first one may go without: the same command,
    run again after the video was submitted once more, would otherwise deny a charge that nobody has looked for.
    """
    video = _without_task(videos, video_id, call)
    if end:
        error = {"code": "not_submitted", "message": "The upstream did not accept the request; nothing was charged."}
        return _resolve(videos, video, Status.FAILED, now, error=error)
    decision = requeued(video, "resolved")
    assert decision.target is not None  # noqa: S101 - for the type checker
    return _resolve(videos, video, decision.target, now, **decision.changes)


def check_call(video: Video, call: int | None) -> None:
    """Raise CannotResolve if the doubt is not about this paid call; None names the first one."""
    if (call or 1) == video.calls:
        return
    at = f" of {iso(datetime.fromtimestamp(video.claimed_at, UTC))}" if video.claimed_at else ""
    named = f"--call {video.calls}" if video.calls > 1 else "no --call, or --call 1"
    raise CannotResolve(f"the doubt about {video.id} is about paid call {video.calls}{at}; look for that one, and then say so with {named}")


def settle(videos: VideoTable, video_id: str, charge: str, now: datetime, *, call: int | None = None) -> Video:
    """Record what the operator found on the bill about a video that ended in doubt: CHARGED or NOT_CHARGED. Idempotent.

    `call` as in `not_charged`.
    """
    video = videos.get(video_id)
    if video is None:
        raise CannotResolve(f"there is no video {video_id}")
    if video.resolved_charge == charge:
        return video
    kind = charge_of(video).kind
    if kind is not ChargeKind.DOUBTFUL:
        raise CannotResolve(
            f"{video_id} is {video.status.value}, and its charge is {kind.value}, not in doubt: there is nothing to resolve"
        )
    check_call(video, call)
    settled = videos.resolve_charge(video, charge, now)
    if not settled.won and settled.video.resolved_charge != charge:
        raise CannotResolve(f"{video_id} has just changed; check it again")
    return settled.video


def deliver(videos: VideoTable, store: MediaBucket, video_id: str, sha256: str, now: datetime) -> Video:
    """Deliver a copy that was kept aside: the one whose SHA-256 begins with `sha256`, or the newest one that arrived whole.

    The video becomes `succeeded` with a warning, even if it has failed; its owner is notified of a new event. Idempotent.
    """
    video = videos.get(video_id)
    if video is None:
        raise CannotResolve(f"there is no video {video_id}")
    if video.deleted_at:
        raise CannotResolve(f"{video_id} was deleted at {video.deleted_at}: nothing of it can be delivered")
    if video.status is Status.SUCCEEDED and video.sha256 and video.sha256.startswith(sha256) and video.noted_copies:
        return video
    if video.discard:
        raise CannotResolve(f"the owner of {video_id} has had its file thrown away")
    if video.status not in (Status.ARCHIVING, Status.FAILED):
        raise CannotResolve(f"{video_id} is {video.status.value}: only a copy of an archiving or failed video can be delivered")
    copy = _chosen(video, sha256)
    stored = _store_final(store, video, copy)
    file: dict[str, Any] = {"object_key": stored.key, "bytes": stored.bytes, "sha256": stored.sha256, "progress": 100}
    file["c2pa"] = stored.c2pa
    file |= {"link": video.link or link_bits()}
    file |= {"warnings": [*video.warnings, unverified_media(stored.doubt)]} if stored.doubt else {}
    if video.status is Status.FAILED:
        moved = videos.deliver_failed(video, now, **file)
    else:
        moved = videos.move(video, Status.SUCCEEDED, now, keep_for=_AT_ONCE, **file)
    if moved.video.status is not Status.SUCCEEDED or moved.video.deleted_at:
        raise CannotResolve(f"{video_id} has just moved to another state; check it again")
    return moved.video


def _chosen(video: Video, sha256: str) -> KeptCopy:
    kept = [each for each in video.kept_copies if each.sha256.startswith(sha256)]
    if not kept:
        raise CannotResolve(f"no unverified copy of {video.id} is kept" + (f" whose SHA-256 begins with {sha256}" if sha256 else ""))
    whole = [each for each in kept if each.is_framed]
    if not whole and len(kept) > 1:
        raise CannotResolve(f"{len(kept)} copies of {video.id} are kept, and none is known to be whole: choose one with --sha256")
    return (whole or kept)[-1]


def _store_final(store: MediaBucket, video: Video, copy: KeptCopy) -> StoredVideo:
    """Store the copy under the video's final name; a file that is there already stays."""
    key = store.video_key(video.tenant, video.id)
    with tempfile.TemporaryFile() as file:
        found = store.find_video(key)
        if found:
            return found
        if not store.read_aside(video.tenant, video.id, copy.sha256, file):
            raise CannotResolve(f"the copy {copy.sha256} of {video.id} is no longer in the bucket: its retention is over")
        c2pa = has_c2pa(file, copy.bytes)
        file.seek(0)
        return store.put_video(key, file, copy.bytes, copy.sha256, copy.doubt, c2pa=c2pa)


def distrust_restored(videos: VideoTable, video: Video, now: datetime) -> bool:
    """Mark an open video unconfirmed after a restore, so that it cannot be paid again."""
    if video.status in TERMINAL or video.status is Status.UNCONFIRMED:
        return False
    message = "The table was restored from a backup; it is unknown whether this request has been paid since."
    return videos.mark_unconfirmed(video, now, {"code": "restored", "message": message}).won


def _resolve(videos: VideoTable, video: Video, target: Status, now: datetime, **changes: Any) -> Video:
    moved = videos.move(video, target, now, keep_for=_AT_ONCE, **changes)
    if not moved.won:
        raise CannotResolve(f"{video.id} has just moved to another state; check it again")
    return moved.video


def _doubtful(videos: VideoTable, video_id: str) -> Video:
    video = videos.get(video_id)
    if video is None:
        raise CannotResolve(f"there is no video {video_id}")
    if video.status is not Status.UNCONFIRMED:
        raise CannotResolve(f"{video_id} is {video.status.value}, not unconfirmed: there is nothing to resolve")
    return video


def _without_task(videos: VideoTable, video_id: str, call: int | None) -> Video:
    """Return a video in doubt; refuse if evidence of a task is stored, which outweighs a bill, or if the doubt is about another call."""
    video = _doubtful(videos, video_id)
    if video.upstream_id:
        raise CannotResolve(f"{video_id} has the upstream task {video.upstream_id}: adopt that one")
    check_call(video, call)
    return video
