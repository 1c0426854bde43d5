"""Clients that order videos concurrently and repeatedly with shared Idempotency-Keys, and check every answer."""

import base64
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from cliprelay.video.record import iso
from tests.simulation.actors.cancels import Cancels
from tests.simulation.actors.deleters import SHARE, Deleters
from tests.simulation.actors.readers import Readers
from tests.simulation.actors.requests import IMAGE_SECRET, PROMPT_SECRET, Data, Send, ask
from tests.simulation.actors.sdk_clients import SdkClients
from tests.simulation.runtime.clock import Timeline
from tests.support.image_files import png
from tests.support.makers import request_event

Violate = Callable[[str, str], None]

TENANTS = ("acme", "bolt", "cord", "dune")
# The share of intents that come through a foreign API, from a library that repeats by itself.
THROUGH_SDK = 0.06
# The share of answers after which the client goes on to read the video.
READ = 0.04
# The waits double, so that a persistent client survives an outage of an hour.
ATTEMPTS = 10


def api_key(client: int) -> str:
    return f"clr_key-of-client-{client:02}"


def tenant_of(client: int) -> str:
    return TENANTS[client % len(TENANTS)]


@dataclass
class Intent:
    """One intent: at most one video, for any number of clients and requests."""

    number: int
    tenant: str
    key: str | None
    bodies: list[str]
    ids: set[str] = field(default_factory=set)
    promised: bool = False

    @property
    def name(self) -> str:
        return f"intent-{self.number}"


class Clients:
    """`count` clients of a few tenants; `active` counts requests that are still to come or under way."""

    def __init__(self, timeline: Timeline, rng: Random, send: Send, count: int, violate: Violate) -> None:
        self._timeline, self._rng, self._send, self._count, self._violate = timeline, rng, send, count, violate
        self.intents: list[Intent] = []
        self._asking = 0
        self._posted: Counter[str] = Counter()
        self.deleters = Deleters(timeline, rng, send, violate)
        self.cancels = Cancels(timeline, rng, send, violate)
        self.sdk = SdkClients(timeline, rng, send, violate, api_key)
        self.sdk.made = self._met
        self._readers = Readers(timeline, rng, send, violate, self.cancels.granted, self.deleters.asked)
        self.then: Callable[[str], None] | None = None  # what the client of a lone order does once it knows its video
        self.looks_secret: Callable[[str], str | None] = lambda text: None

    @property
    def answers(self) -> Counter[str]:
        return self._posted + self.sdk.answers + self._readers.answers + self.cancels.answers + self.deleters.answers

    @property
    def active(self) -> int:
        return self._asking + self.sdk.active + self.deleters.active + self.cancels.active

    @property
    def is_done(self) -> bool:
        """Whether no request is to come or under way, those of readers apart."""
        return self.active == 0

    def order(self, videos: int, length: float) -> None:
        """Plan so many intents within `length` seconds."""
        self.deleters.share = SHARE
        for number in range(videos):
            moment = self._timeline.now + self._rng.uniform(0, length)
            first = self._rng.randrange(self._count)
            if self._rng.random() < THROUGH_SDK:
                self._order_through_sdk(number, first, moment)
                continue
            key = None if self._rng.random() < 0.05 else f"key {number} / é"
            intent = Intent(number, tenant_of(first), key, [self._body(f"intent-{number}", moment)])
            self.intents.append(intent)
            self._plan(intent, first, moment)

    def _order_through_sdk(self, number: int, client: int, moment: float) -> None:
        intent = Intent(number, tenant_of(client), None, [self.sdk.body(f"intent-{number}")])
        self.intents.append(intent)
        self._at(moment, lambda: self.sdk.post(intent, client))

    def _met(self, video_id: str, key: str) -> None:
        self.deleters.meet(video_id, key)
        if self._rng.random() < READ:
            self._readers.watch(video_id, key)

    def order_one(
        self,
        *,
        requests: int = 1,
        with_key: bool = True,
        canceled_after: float | None = None,
        discard: bool = False,
        through_sdk: float | None = None,
        **fields: Any,
    ) -> Intent:
        """One intent now, with these fields in its body, sent by so many clients at once; canceled so long after its answer.

        `through_sdk`: it comes through a foreign API, from a library whose connections break so often.
        """
        if through_sdk is not None:
            self.sdk.broken = through_sdk
            self._order_through_sdk(0, 0, self._timeline.now)
            return self.intents[0]
        if canceled_after is not None:
            self.then = lambda video_id: self.cancels.plan(canceled_after, video_id, api_key(0), discard=discard)
        body = {"prompt": f"intent-0 {PROMPT_SECRET}", "image": f"https://assets.example.com/a.png?{IMAGE_SECRET}"}
        text = json.dumps({**body, "execution_expires_after": 3_600, **fields})
        intent = Intent(0, tenant_of(0), "key" if with_key else None, [text])
        self.intents.append(intent)
        for number in range(requests):
            client = number * len(TENANTS)
            self._at(self._timeline.now, lambda client=client: self._post(intent, client, 0, ATTEMPTS if with_key else 1))  # type: ignore[misc]
        return intent

    def race(self, orders: int, tenant: int = 0) -> None:
        """So many orders of the same price, now, sent by two clients of one tenant."""
        fellows = [each for each in range(self._count) if tenant_of(each) == tenant_of(tenant)][:2]
        for number in range(orders):
            body = {"prompt": f"intent-{number} {PROMPT_SECRET}", "image": "https://assets.example.com/a.png", "generate_audio": False}
            intent = Intent(number, tenant_of(tenant), f"key {number}", [json.dumps({**body, "execution_expires_after": 3_600})])
            self.intents.append(intent)
            self._at(self._timeline.now, self._posting(intent, fellows[number % 2], 0))

    def _plan(self, intent: Intent, first: int, moment: float) -> None:
        """One request, or several of it: at once, a little later, or much later, and sometimes with another body."""
        self._at(moment, lambda: self._post(intent, first, 0, ATTEMPTS if intent.key else 1))
        if not intent.key or self._rng.random() < 0.5:
            return
        if self._rng.random() < 0.06:
            intent.bodies.append(self._body(f"{intent.name}-other", moment))
        fellows = [each for each in range(self._count) if tenant_of(each) == intent.tenant]
        for _ in range(self._rng.choice((1, 1, 2, 4))):
            later = self._rng.choice((0.0, self._rng.uniform(0, 1), self._rng.uniform(0, 60), self._rng.uniform(60, 72_000)))
            client, body = self._rng.choice(fellows), self._rng.randrange(len(intent.bodies))
            self._at(moment + later, self._posting(intent, client, body))

    def _posting(self, intent: Intent, client: int, body: int) -> Callable[[], None]:
        return lambda: self._post(intent, client, body, ATTEMPTS)

    def _at(self, moment: float, action: Callable[[], None]) -> None:
        self._asking += 1

        def act() -> None:
            self._asking -= 1
            action()

        self._timeline.at(moment, act)

    def _body(self, name: str, moment: float) -> str:
        body: Data = {
            "prompt": f"{name} {PROMPT_SECRET}: a slow push-in on the lighthouse",
            "image": self._image(name),
            "execution_expires_after": self._rng.choice((3_600, 3_600, 3_600, 3_600, 7_200, 7_200, 86_400, 172_800)),
            "generate_audio": self._rng.random() < 0.5,
        }
        if self._rng.random() < 0.04:
            body |= {"service_tier": "flex", "execution_expires_after": 86_400}
        if self._rng.random() < 0.1:
            body["last_image"] = self._image(name)
        return json.dumps(body | self._limits(moment))

    def _limits(self, moment: float) -> Data:
        """Let some videos wait for their time, and some end if they are not submitted soon."""
        limits: Data = {}
        if self._rng.random() < 0.05:
            limits["expires_in"] = self._rng.choice((60, 120, 600, 3_600, 86_400))
        if self._rng.random() < 0.05:
            ahead = self._rng.choice((1, 60, 600, 7_200, 86_400, 172_800))
            limits["not_before"] = iso(datetime.fromtimestamp(moment + ahead, UTC))
        return limits

    def _image(self, name: str) -> str:
        if self._rng.random() < 0.85:
            return f"https://assets.example.com/{name}.png?{IMAGE_SECRET}"
        data = png(512, 512) + self._rng.randbytes(self._rng.choice((200, 30_000)))
        return f"data:image/png;base64,{base64.b64encode(data).decode()}"

    # One request

    def _post(self, intent: Intent, client: int, body: int, attempts: int) -> None:
        headers = {"idempotency-key": intent.key} if intent.key else {}
        if self._rng.random() < 0.05:  # a wait reads the record each second
            headers["prefer"] = f"wait={self._rng.randrange(1, 25)}"
        event = request_event("POST", "/v1/videos", body=intent.bodies[body], key=api_key(client), headers=headers)
        self._asking += 1

        def heard(answer: Data | None) -> None:
            self._asking -= 1
            self._hear(intent, client, body, attempts, answer)

        ask(self._timeline, self._send, event, heard)

    def _hear(self, intent: Intent, client: int, body: int, attempts: int, answer: Data | None) -> None:
        status = answer["statusCode"] if answer else 504
        self._posted[f"POST {status}"] += 1
        if answer:
            self._check(intent, status, answer)
        if status in (200, 202) and answer:
            intent.promised = True
            is_new = not intent.ids
            intent.ids.add(video_id := json.loads(answer["body"])["id"])
            self.deleters.meet(video_id, api_key(client))
            if is_new and self.then:
                self.then(video_id)
            elif is_new and len(self.intents) > 1:
                self.cancels.consider(video_id, api_key(client))
            if self._rng.random() < READ:
                self._readers.watch(video_id, api_key(client))
        elif status >= 500 and attempts > 1:
            again = self._timeline.now + self._rng.uniform(0.5, 4 * 2 ** (ATTEMPTS - attempts))
            self._at(again, lambda: self._post(intent, client, body, attempts - 1))

    def _check_refusal_of_money(self, intent: Intent, body: Data) -> None:
        """Check that only an order that is not recorded meets its budget, and that the answer says which one."""
        if intent.promised:
            self._violate("I6", f"{intent.name} was accepted, and then 402")
        if body.get("code") != "budget_exceeded" or not {"budget", "limit_usd", "asked_usd", "resets_at"} <= body.keys():
            self._violate("I6", f"{intent.name}: 402 {body}")

    def _check(self, intent: Intent, status: int, answer: Data) -> None:
        """Check what every answer must be, whatever fault caused it."""
        body = json.loads(answer["body"])
        if status in (200, 202):
            return None if body["object"] == "video" else self._violate("I6", f"{intent.name}: {body}")
        content_type = next((value for name, value in answer["headers"].items() if name.lower() == "content-type"), "")
        secret = self.looks_secret(answer["body"])
        if content_type != "application/problem+json" or not body.get("code") or secret:
            self._violate("I6", f"{intent.name}: {status} {content_type} {body.get('code')} {secret}")
        if status == 402:
            return self._check_refusal_of_money(intent, body)
        reused = status == 422 and body.get("code") == "idempotency_key_reused" and len(intent.bodies) > 1
        # The first request of the order never arrived, and its time has passed since.
        passed = status == 422 and [each["field"] for each in body.get("errors", [])] == ["not_before"]
        if not reused and not passed and status not in (500, 503):
            self._violate("I6", f"{intent.name}: {status} {body.get('code')}")
        if status == 500:
            self._violate("I6", f"{intent.name}: 500 {body.get('code')}")
        return None
