"""One run: the service is killed, or its disk filled, at random moments; then everything that was answered is looked at."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import requests

from local.receiver.command import fetch_secrets
from tests.durability.customer import ENDED, Customer
from tests.durability.disk import SmallDisk
from tests.durability.facts import Facts
from tests.durability.listeners import Events, Webhooks
from tests.durability.processes import Service, Simulator

# A kill comes so many seconds after a start at the latest; within them, each video goes through all its states.
LONGEST_LIFE = 6.0
LONGEST_FULL = 3.0
# A machine that is busy with other work may need minutes; a run that hangs never ends.
PATIENCE_SECONDS = 900

Say = Callable[[str], None]


@dataclass
class Findings:
    """What the run saw: `wrong` must be empty."""

    wrong: list[str] = field(default_factory=list)
    ended: Counter[str] = field(default_factory=Counter)
    at_kill: Counter[str] = field(default_factory=Counter)
    paid: int = 0
    facts: int = 0


class Run:
    """A folder, an upstream and listeners that live as long as the run, and a service that does not."""

    def __init__(self, folder: Path, work: Path, *, videos: int, seed: int, time_scale: float, say: Say) -> None:
        self._videos, self._random, self._say = videos, Random(seed), say  # noqa: S311 - repeatable on purpose
        self.findings = Findings()
        self.simulator = Simulator(time_scale)
        self.events, self.webhooks = Events(), Webhooks()
        self.service = Service(folder, work, self.simulator, self.events.url, time_scale)
        problem = self.service.start()
        if problem:
            raise SystemExit(f"the service does not start:\n{problem}")
        self.customer = Customer(self.service, self.webhooks.url, self.service.ready["api_key"])
        self.webhooks.secrets = fetch_secrets(self.service.ready)
        self.facts = Facts(self.service, self.customer)
        self._first_key = self.service.ready["api_key"]

    def close(self) -> None:
        self.service.kill()
        self.simulator.stop()
        self.events.stop()
        self.webhooks.stop()

    def kill(self) -> None:
        """Keep the videos going for a random time, kill everything at once, and start again."""
        with self._customers():
            self._live(self._random.uniform(0.2, LONGEST_LIFE))
            self.service.kill()
        self._start()

    def fill(self, disk: SmallDisk) -> None:
        """Fill the disk for a random time; in every third round, kill the service meanwhile."""
        with self._customers():
            self._live(self._random.uniform(0.2, LONGEST_LIFE))
            disk.fill()
            self._live(self._random.uniform(0.2, LONGEST_FULL))
            if self._random.randrange(3) == 0:
                self.service.kill()
                refusal = self.service.start()
                self._say(f"  start on the full disk: {refusal.strip() or 'started'}")
                self._check_sentence(refusal)
            disk.free()
            self._live(self._random.uniform(0.2, LONGEST_LIFE))
        if not self.service.is_running():
            self._start()

    def _customers(self) -> "_Customers":
        return _Customers(self.customer, self.facts, self._videos)

    def _live(self, seconds: float) -> None:
        time.sleep(seconds)
        if self.service.is_running():
            self.findings.at_kill.update(video["status"] for video in (self.customer.videos() or {}).values())

    def _start(self) -> None:
        problem = self.service.start()
        if problem:
            raise SystemExit(f"the service does not start again:\n{problem}")
        if self.service.ready["api_key"] != self._first_key:
            self.findings.wrong.append("the first API key changed")

    def _check_sentence(self, refusal: str) -> None:
        if len(refusal.strip().splitlines()) > 1:
            self.findings.wrong.append(f"a start on the full disk said more than a sentence: {refusal}")

    def finish(self) -> Findings:
        """Wait until everything has ended, and look at everything that was answered."""
        self._until(lambda: not self._repeat_unanswered(), "every order answered")
        self._until(lambda: all(video["status"] in ENDED for video in self._read().values()), "every video ended")
        videos = self._read()
        self._until(lambda: not self._untold(videos), "every end told")
        self.findings.ended = Counter(video["status"] for video in videos.values())
        self.findings.facts = len(self.facts.checks)
        ledger = requests.get(f"{self.simulator.url}/_ledger", timeout=60).json()["entries"]
        self.findings.paid = len(ledger)
        self.findings.wrong += [*self.customer.refusals, *self.webhooks.rejected, *self.facts.wrong(), *self._untold(videos)]
        self.findings.wrong += [*self._lost(videos), *paid_twice(ledger, videos), *self._unreadable(videos), *self._not_the_same()]
        return self.findings

    def _repeat_unanswered(self) -> list[Any]:
        for order in self.customer.unanswered():
            self.customer.repeat(order)
        return self.customer.unanswered()

    def _read(self) -> dict[str, dict[str, Any]]:
        videos = self.customer.videos()
        if videos is None:
            raise SystemExit(f"the videos cannot be listed; the service {'runs' if self.service.is_running() else 'has ended'}")
        return videos

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                self.findings.wrong.append(f"never: {what}")
                return
            time.sleep(0.5)

    def _lost(self, videos: dict[str, dict[str, Any]]) -> list[str]:
        """Return the answered orders without a video, and the ends that nobody asked for."""
        lost = [f"{order.video_id} was answered and is gone" for order in self.customer.orders if order.video_id not in videos]
        failed = [video for video in videos.values() if video["status"] not in ("succeeded", "unconfirmed")]
        return lost + [f"{video['id']} is {video['status']}: {video.get('error')}" for video in failed]

    def _untold(self, videos: dict[str, dict[str, Any]]) -> list[str]:
        webhooks, events = self.webhooks.told(), "".join(self.events.texts)
        mails = "".join(path.read_text(errors="replace") for path in (self.service.folder / "mail").glob("*.eml"))
        silent: list[str] = []
        for video_id, video in videos.items():
            told = {
                "webhook": (video_id, f"video.{video['status']}") in webhooks,
                "notification": video_id in events,
                "e-mail": video_id in mails,
            }
            silent += [f"no {way} tells that {video_id} is {video['status']}" for way, is_told in told.items() if not is_told]
        return silent

    def _unreadable(self, videos: dict[str, dict[str, Any]]) -> list[str]:
        """Return the films whose links, also those told before a crash, do not lead to their bytes."""
        wrong: list[str] = []
        for video in videos.values():
            if video["status"] == "succeeded":
                told = self.webhooks.links(video["id"]) if video["id"] not in self.facts.revoked else set()
                for link in {video["video"]["url"], video["video"]["link"], *told}:
                    answer = requests.get(link, timeout=60)
                    if hashlib.sha256(answer.content).hexdigest() != video["video"]["sha256"]:
                        wrong.append(f"a link of {video['id']} gives {answer.status_code} instead of the film")
        return wrong

    def _not_the_same(self) -> list[str]:
        """Send every order again; each must be the video that it was."""
        before = {order.number: order.video_id for order in self.customer.orders}
        for order in self.customer.orders:
            self.customer.repeat(order)
        return [
            f"order {order.number} has become {order.video_id}" for order in self.customer.orders if order.video_id != before[order.number]
        ]


def paid_twice(ledger: list[dict[str, Any]], videos: dict[str, dict[str, Any]]) -> list[str]:
    """Return the orders that were paid twice; a payment without a video is allowed only where a video says that it does not know."""
    bodies = Counter(entry["body_sha256"] for entry in ledger)
    wrong = [f"paid {count} times: the order with the body {body}" for body, count in bodies.items() if count > 1]
    known = sum(video["status"] == "succeeded" for video in videos.values())
    in_doubt = sum(video["status"] == "unconfirmed" for video in videos.values())
    if not known <= len(ledger) <= known + in_doubt:
        wrong.append(f"{len(ledger)} payments for {known} films and {in_doubt} unconfirmed videos")
    return wrong


class _Customers:
    """Several customers of one kind, and a user who changes other things, for as long as the block runs."""

    def __init__(self, customer: Customer, facts: Facts, videos: int) -> None:
        self._ended = threading.Event()
        self._refusals = customer.refusals
        works: list[Callable[[], None]] = [lambda: customer.keep_open(videos, self._ended), lambda: self._change(facts)]
        self._threads = [threading.Thread(target=self._run, args=(work,)) for work in works]

    def _run(self, work: Callable[[], None]) -> None:
        """Work until the end; a client that breaks off would show nothing, so it is wrong."""
        try:
            work()
        except Exception as error:
            self._refusals.append(f"a client has broken off: {error!r}")

    def _change(self, facts: Facts) -> None:
        while not self._ended.wait(0.3):
            facts.change()

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
