"""`resend`: the events of a stretch of time once more, as after an outage of a receiver."""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cliprelay.video.record import Video
from cliprelay.video.states import ANNOUNCED
from cliprelay.webhooks.delivery import DeliveryStatus
from cliprelay.webhooks.dispatch import Dispatch, NothingToSend
from operate import stores
from operate.commands.keys import tenant_name
from operate.deployment import Deployment
from operate.parser import verb

# A receiver that has just stood up must not be knocked down again: as many a second as a small server takes.
PER_SECOND = 10
_IN_VAIN = (DeliveryStatus.FAILED, DeliveryStatus.DISABLED)


def add_to(nouns: Any) -> None:
    """Declare the command, which needs no noun."""
    more = (
        "The events keep their ids, so a receiver that has one already can drop it. Reads the whole table.\n"
        "example:\n  .venv/bin/python -m operate resend --since 2026-11-22T06:00:00Z --until 2026-11-22T09:30:00Z --failed-only"
    )
    parser = verb(nouns, "resend", resend, purpose="send the webhooks of a stretch of time again", more=more)
    parser.add_argument("--since", type=moment, required=True, metavar="ISO", help="events from this moment on")
    parser.add_argument("--until", type=moment, required=True, metavar="ISO", help="and before this one")
    parser.add_argument("--tenant", type=tenant_name, metavar="T", help="only this tenant's")
    parser.add_argument("--failed-only", action="store_true", help="only those whose last delivery failed, or met a webhook that was off")


def resend(given: argparse.Namespace, deployment: Deployment) -> None:
    if given.since >= given.until:
        given.parser.error("--since must be before --until")
    count = send_again(given, list(stores.videos(deployment).every()), stores.dispatch(deployment), time.sleep)
    print(f"Sent again: {count['sent']}. Left out: {count['not failed']} that did not fail, {count['no webhook']} without a webhook.")


def send_again(given: argparse.Namespace, videos: list[Video], dispatch: Dispatch, sleep: Callable[[float], None]) -> Counter[str]:
    """Begin a delivery for each event that is meant, the oldest first, and count what became of them."""
    count: Counter[str] = Counter()
    for video in sorted((each for each in videos if _is_meant(each, given, dispatch.clock())), key=lambda each: each.event_id or ""):
        if given.failed_only and not _failed(video, dispatch):
            count["not failed"] += 1
            continue
        try:
            dispatch.again(video)
        except NothingToSend:
            count["no webhook"] += 1
            continue
        count["sent"] += 1
        sleep(1 / PER_SECOND)
    return count


def moment(text: str) -> datetime:
    """A time in ISO 8601; without an offset it is UTC."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"is not a time like 2026-11-22T06:00:00Z: {text!r}") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _is_meant(video: Video, given: argparse.Namespace, now: datetime) -> bool:
    if video.status not in ANNOUNCED or video.event_at is None or given.tenant not in (None, video.tenant):
        return False
    is_kept = video.expires_at is None or video.expires_at > now.timestamp()
    return is_kept and given.since <= datetime.fromisoformat(video.event_at) < given.until


def _failed(video: Video, dispatch: Dispatch) -> bool:
    """Whether the newest delivery of the present event was in vain."""
    known = [each for each in dispatch.deliveries.of_video(video.id) if each.event_id == video.event_id]
    return bool(known) and known[0].status in _IN_VAIN
