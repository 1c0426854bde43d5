"""A customer who keeps so many videos open, repeats every request until it is answered, and remembers what was answered."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from local.demo.draw_lighthouse import PICTURE
from tests.durability.processes import Service
from tests.support.makers import data_uri

ENDED = ("succeeded", "failed", "expired", "canceled", "unconfirmed")
# A request that a killed service does not answer fails at once; this is for one that hangs.
PATIENCE_SECONDS = 60


@dataclass
class Order:
    """One order with its key; `video_id` once it was answered."""

    number: int
    image: str
    webhook: str
    video_id: str = ""

    @property
    def body(self) -> dict[str, Any]:
        return {
            "image": self.image,
            "prompt": f"A lighthouse, number {self.number}",
            "duration": 4,
            "resolution": "480p",
            "webhook_url": self.webhook,
        }


@dataclass
class Customer:
    """Orders from threads of its own."""

    service: Service
    webhook: str
    key: str
    orders: list[Order] = field(default_factory=list)
    images: list[str] = field(default_factory=lambda: [data_uri(PICTURE.read_bytes())])
    refusals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def send(self, method: str, path: str, **given: Any) -> requests.Response | None:
        """Return the answer, or None if there was none or it may be tried again."""
        headers = {"Authorization": f"Bearer {self.key}", **given.pop("headers", {})}
        address = self.service.ready["api"] + path
        try:
            answer = requests.request(method, address, headers=headers, timeout=PATIENCE_SECONDS, **given)
        except requests.RequestException:
            return None
        if answer.status_code == 401:
            self.refusals.append("the API key is refused")
            return None
        return None if answer.status_code >= 500 or answer.status_code == 429 else answer

    def order(self) -> None:
        """Order once more, with an inline or an uploaded picture."""
        with self._lock:
            number = len(self.orders)
            order = Order(number, self.images[number % len(self.images)], self.webhook)
            self.orders.append(order)
        self.repeat(order)

    def repeat(self, order: Order) -> None:
        """Send an order once; note its id, or that another one has come."""
        answer = self.send("POST", "/v1/videos", json=order.body, headers={"Idempotency-Key": f"order-{order.number}"})
        if answer is None:
            return
        if answer.status_code not in (200, 202):
            self.refusals.append(f"order {order.number} was refused: {answer.status_code} {answer.text[:300]}")
            return
        found = answer.json()["id"]
        if order.video_id and order.video_id != found:
            self.refusals.append(f"order {order.number} was {order.video_id}, and is now {found}")
        order.video_id = found

    def unanswered(self) -> list[Order]:
        return [order for order in list(self.orders) if not order.video_id]

    def videos(self) -> dict[str, dict[str, Any]] | None:
        """Return all own videos by id, or None without an answer."""
        found: dict[str, dict[str, Any]] = {}
        after = ""
        while True:
            answer = self.send("GET", f"/v1/videos?limit=100{after}")
            if answer is None:
                return None
            page = answer.json()
            found |= {video["id"]: video for video in page["data"]}
            if not page["has_more"]:
                return found
            after = f"&after={page['next']}"

    def keep_open(self, count: int, until: threading.Event) -> None:
        """Repeat what was not answered and order more, so that `count` videos are open, until told to stop."""
        while not until.is_set():
            for order in self.unanswered():
                self.repeat(order)
            videos = self.videos()
            open_ones = sum(video["status"] not in ENDED for video in videos.values()) if videos is not None else count
            for _ in range(count - open_ones):
                if until.is_set():
                    return
                self.order()
            time.sleep(0.05)
