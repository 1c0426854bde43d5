"""`pause`, `resume` and `status`: whether new money may be spent, and what stands in its way."""

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cliprelay.admission.controls import PAUSED_FIRST, Controls, admit
from operate import stores
from operate.deployment import Deployment
from operate.parser import verb
from operate.terminal import aligned, harmless, span, when


def add_to(nouns: Any) -> None:
    """Declare the commands, which need no noun."""
    more = "Nothing that runs is touched, and nothing is lost: new requests are taken, and wait. `resume` ends it."
    verb(nouns, "pause", pause, purpose="submit no video from now on", more=more)
    verb(nouns, "resume", resume, purpose="submit videos again", more="The queue goes on by itself.")
    more = "Exit status: 0, whatever it says."
    verb(nouns, "status", status, purpose="say whether videos are submitted, and how many payments are in doubt", more=more)


def pause(given: argparse.Namespace, deployment: Deployment) -> None:
    controls, now = stores.controls(deployment), datetime.now(UTC)
    before = controls.read().paused_at
    if before is None:
        controls.pause(now)
        print(f"Paused {deployment}: no video is submitted from now on.")
    else:
        print(f"Nothing to do: {deployment} has been paused since {when(before, now)}.")
    print("What still runs: every video that the upstream has, or is being sent at this moment; each is polled, copied and told.")
    print("What waits: new requests are taken and queued. Their time runs: one that is not submitted by its deadline ends, unpaid.")
    print(f"To go on: {deployment.command('resume')}")


def resume(given: argparse.Namespace, deployment: Deployment) -> None:
    controls, now = stores.controls(deployment), datetime.now(UTC)
    before = controls.read()
    if before.paused_at is None:
        print(f"Nothing to do: {deployment} is not paused.")
    else:
        # Each queued video sleeps for as long as it was told while the pause lasted.
        longest = admit(before, now).wait or PAUSED_FIRST
        controls.resume()
        print(
            f"Resumed {deployment}: videos are submitted, and PAID, again; those that wait go on within {longest} seconds, by themselves."
        )
    if before.is_open:
        print(f"But the upstream refuses the account: {_breaker(replace(before, paused_at=None), now)}.")


def status(given: argparse.Namespace, deployment: Deployment) -> None:
    controls, now = stores.controls(deployment).read(), datetime.now(UTC)
    paused = f"since {when(controls.paused_at, now)}; `{deployment.command('resume')}`" if controls.paused_at is not None else "no"
    doubtful = stores.videos(deployment).count_unconfirmed()
    advice = f"; `{deployment.command('videos list --status unconfirmed')}`" if doubtful else ""
    print(aligned([("paused", paused), ("breaker", _breaker(controls, now)), ("unconfirmed", f"{_videos(doubtful)}{advice}")]))


def _breaker(controls: Controls, now: datetime) -> str:
    if not controls.is_open:
        return "closed: the upstream takes the account"
    since = f"open since {when(controls.opened_at, now)}" if controls.opened_at is not None else "open"
    return f"{since}, {harmless(controls.refusal or '')}, refused {_times(controls.probes)}; {_probe(controls, now)}"


def _probe(controls: Controls, now: datetime) -> str:
    if controls.paused_at is not None:
        return "no probe while paused"
    left = controls.next_probe_at - now.timestamp()
    return f"the next probe may begin in {span(left)}" if left > 0 else "the next video that is due probes it"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _videos(count: int) -> str:
    return "1 video" if count == 1 else f"{count} videos"
