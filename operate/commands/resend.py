"""`resend`: send the events of a time range again, for example after an outage of a receiver."""

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
from operate.parser import add_command

# A rate that a small server can take, so that a recovering receiver is not overloaded again.
EVENTS_PER_SECOND = 10
_UNDELIVERED = (DeliveryStatus.FAILED, DeliveryStatus.DISABLED)


def register(subparsers: Any) -> None:
    """Register the command."""
    epilog = (
        "Events retain their ids, so a receiver can drop those it already has. Reads the whole table.\n"
        "example:\n  .venv/bin/python -m operate resend --since 2026-11-22T06:00:00Z --until 2026-11-22T09:30:00Z --failed-only"
    )
    parser = add_command(subparsers, "resend", resend, purpose="send the webhooks of a time range again", epilog=epilog)
    parser.add_argument("--since", type=timestamp, required=True, metavar="ISO", help="start of the range, inclusive")
    parser.add_argument("--until", type=timestamp, required=True, metavar="ISO", help="end of the range, exclusive")
    parser.add_argument("--tenant", type=tenant_name, metavar="T", help="only this tenant's events")
    parser.add_argument("--failed-only", action="store_true", help="only events whose last delivery failed or found the webhook disabled")


def resend(args: argparse.Namespace, deployment: Deployment) -> None:
    if args.since >= args.until:
        args.parser.error("--since must be before --until")
    count = resend_events(args, list(stores.videos(deployment).every()), stores.dispatch(deployment), time.sleep)
    print(f"Sent again: {count['sent']}. Skipped: {count['not failed']} that did not fail, {count['no webhook']} without a webhook.")


def resend_events(args: argparse.Namespace, videos: list[Video], dispatch: Dispatch, sleep: Callable[[float], None]) -> Counter[str]:
    """Start one delivery per selected event, oldest first, and count the results."""
    count: Counter[str] = Counter()
    for video in sorted((each for each in videos if _is_selected(each, args, dispatch.clock())), key=lambda each: each.event_id or ""):
        if args.failed_only and not _failed(video, dispatch):
            count["not failed"] += 1
            continue
        try:
            dispatch.again(video)
        except NothingToSend:
            count["no webhook"] += 1
            continue
        count["sent"] += 1
        sleep(1 / EVENTS_PER_SECOND)
    return count


def timestamp(text: str) -> datetime:
    """Parse an ISO 8601 time; without an offset it is UTC."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a time like 2026-11-22T06:00:00Z: {text!r}") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _is_selected(video: Video, args: argparse.Namespace, now: datetime) -> bool:
    if video.deleted_at or video.status not in ANNOUNCED or video.event_at is None or args.tenant not in (None, video.tenant):
        return False
    is_kept = video.expires_at is None or video.expires_at > now.timestamp()
    return is_kept and args.since <= datetime.fromisoformat(video.event_at) < args.until


def _failed(video: Video, dispatch: Dispatch) -> bool:
    """Return whether the newest delivery of the current event failed or was disabled."""
    known = [each for each in dispatch.deliveries.of_video(video.id) if each.event_id == video.event_id]
    return bool(known) and known[0].status in _UNDELIVERED
