"""`videos resolve --deliver`: deliver a copy of a video that could not be verified and was kept aside."""

import argparse
import re
from datetime import datetime

from cliprelay.video.record import Video
from cliprelay.workflow import resolution
from operate import stores
from operate.deployment import Deployment

_SHA256 = re.compile(r"[0-9a-f]{1,64}")


def sha256_prefix(text: str) -> str:
    """Accept the beginning of a SHA-256 in hex."""
    if not _SHA256.fullmatch(text.lower()):
        raise argparse.ArgumentTypeError(f"a SHA-256 consists of up to 64 of the characters 0-9 and a-f, not {text!r}")
    return text.lower()


def deliver(video_id: str, sha256: str, deployment: Deployment, now: datetime) -> str:
    """Deliver the copy and say what was delivered; raises CannotResolve."""
    video = resolution.deliver(stores.videos(deployment), stores.media(deployment), video_id, sha256, now)
    doubt = ", with the warning unverified_media" if any(each["code"] == "unverified_media" for each in video.warnings) else ""
    told = "Its owner has been notified." if not video.must_be_announced else "The sweep notifies its owner within a minute."
    return f"{video.id} has succeeded{doubt}: {video.bytes} bytes, SHA-256 {video.sha256}.\n{told}"


def advise(video: Video, deployment: Deployment) -> str | None:
    """Say how the operator can deliver a copy of a video that is not copied yet, or never was."""
    if not video.kept_copies or (video.is_over and video.status.value != "failed"):
        return None
    command = deployment.command(f"videos resolve {video.id} --deliver")
    state = "has failed" if video.is_over else "is still fetched again and again"
    lines = [f"The provider's file failed a check, so it is kept aside and the video {state}."]
    if len(video.kept_copies) > 1:
        lines.append("Choose one of the copies with --sha256, or let the newest whole one be taken.")
    return "\n".join([*lines, "Look at the file in the bucket, under unverified/. If it is the video, deliver it:", f"  {command}"])
