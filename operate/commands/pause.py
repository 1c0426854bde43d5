"""`pause`, `resume` and `status`: stop, restart and inspect the submission of videos."""

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cliprelay.admission.controls import PAUSED_FIRST, Controls, admit
from operate import stores
from operate.deployment import Deployment
from operate.parser import add_command
from operate.terminal import format_columns, format_duration, format_time, sanitize


def register(subparsers: Any) -> None:
    """Register the three commands."""
    epilog = "Running videos continue, and new requests are accepted and queued. `resume` ends the pause."
    add_command(subparsers, "pause", pause, purpose="stop submitting videos", epilog=epilog)
    add_command(subparsers, "resume", resume, purpose="submit videos again", epilog="The queue continues automatically.")
    epilog = "Exit status: always 0."
    add_command(
        subparsers, "status", status, purpose="show whether videos are submitted, and how many payments are unconfirmed", epilog=epilog
    )


def pause(args: argparse.Namespace, deployment: Deployment) -> None:
    controls, now = stores.controls(deployment), datetime.now(UTC)
    before = controls.read().paused_at
    controls.pause(now)  # in any case: an interrupted pause may have left copies without it
    if before is None:
        print(f"Paused {deployment}: no video is submitted until you resume.")
    else:
        print(f"Nothing to do: {deployment} has been paused since {format_time(before, now)}.")
    print("What still runs: videos that the upstream has, or is receiving now; they are polled, copied and announced.")
    print("What waits: new requests are accepted and queued. A video not submitted by its deadline ends, unpaid.")
    print(f"To resume: {deployment.command('resume')}")


def resume(args: argparse.Namespace, deployment: Deployment) -> None:
    controls, now = stores.controls(deployment), datetime.now(UTC)
    before = controls.read()
    if before.paused_at is None:
        controls.mirror()  # an interrupted resume may have left copies with the pause
        print(f"Nothing to do: {deployment} is not paused.")
    else:
        # A queued video sleeps for the interval that it was given during the pause.
        longest = admit(before, now).wait or PAUSED_FIRST
        controls.resume()
        print(f"Resumed {deployment}: videos are submitted, and PAID, again; waiting ones continue automatically within {longest} seconds.")
    if before.is_open:
        print(f"However, the upstream refuses the account: {_breaker(replace(before, paused_at=None), now)}.")


def status(args: argparse.Namespace, deployment: Deployment) -> None:
    controls, now = stores.controls(deployment).read(), datetime.now(UTC)
    paused = f"since {format_time(controls.paused_at, now)}; `{deployment.command('resume')}`" if controls.paused_at is not None else "no"
    unconfirmed = stores.videos(deployment).count_unconfirmed()
    hint = f"; `{deployment.command('videos list --status unconfirmed')}`" if unconfirmed else ""
    rows = [("paused", paused), ("breaker", _breaker(controls, now)), ("unconfirmed", f"{_videos(unconfirmed)}{hint}")]
    late = [] if controls.is_mirrored else [("in force", "not everywhere yet: the sweep finishes an interrupted change within a minute")]
    print(format_columns(rows + late))


def _breaker(controls: Controls, now: datetime) -> str:
    if not controls.is_open:
        return "closed: the upstream accepts the account"
    since = f"open since {format_time(controls.opened_at, now)}" if controls.opened_at is not None else "open"
    return f"{since}, {sanitize(controls.refusal or '')}, refused {_times(controls.probes)}; {_probe(controls, now)}"


def _probe(controls: Controls, now: datetime) -> str:
    if controls.paused_at is not None:
        return "no probe during a pause"
    left = controls.next_probe_at - now.timestamp()
    return f"next probe in {format_duration(left)}" if left > 0 else "the next due video probes the account"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _videos(count: int) -> str:
    return "1 video" if count == 1 else f"{count} videos"
