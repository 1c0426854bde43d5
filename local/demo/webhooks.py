"""The part of the demo about webhooks: one that comes at once, and one whose receiver is down at first."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from local.demo.output import DemoFailed, fact, quote
from local.demo.service_process import Service
from local.receiver.command import ask_service
from local.receiver.server import Receiver

# A webhook goes out right after the e-mail; a minute says that something is wrong.
ARRIVAL_SECONDS = 60
# How often the receiver of the second part refuses.
FAILURES = 3


@contextmanager
def listening(service: Service, *, failures: int = 0) -> Iterator[tuple[Receiver, list[str]]]:
    """A receiver that knows the service's secrets, and what it has said so far."""
    said: list[str] = []
    secrets = ask_service({"api": service.api, "api_key": service.key})
    receiver = Receiver(0, lambda anew: secrets, said.append, failures=failures)
    receiver.start()
    try:
        yield receiver, said
    finally:
        receiver.stop()


def show_event(receiver: Receiver, said: list[str], video_id: str) -> str:
    """Wait for the video's event, show it, and return the durable link that it carries."""
    event = _arrived(receiver, video_id)
    quote("\n".join(said))
    link: str = event["data"]["video"]["link"]
    return link


def show_attempts(service: Service, receiver: Receiver, video_id: str, time_scale: float) -> None:
    """Wait until a receiver that is down at first has the event, and show the log of its delivery."""
    _arrived(receiver, video_id)
    for number, attempt in enumerate(_log(service, video_id), start=1):
        fact(f"Attempt {number}", f"{attempt['at']}  {attempt.get('status') or attempt.get('error')}")
    fact("Clock", f"{1 / time_scale:.0f} times as fast here; the schedule says at once, 5 s, 5 min, 30 min, and six more in 75 h")


def _log(service: Service, video_id: str) -> list[dict[str, Any]]:
    """The attempts of a video's only delivery, once the last one is in the log."""
    until = time.monotonic() + ARRIVAL_SECONDS
    while time.monotonic() < until:
        headers = {"Authorization": f"Bearer {service.key}"}
        answer = requests.get(f"{service.api}/v1/videos/{video_id}/deliveries", headers=headers, timeout=30)
        answer.raise_for_status()
        delivery = answer.json()["data"][0]
        if delivery["status"] == "delivered":
            attempts: list[dict[str, Any]] = delivery["attempts"]
            return attempts
        time.sleep(0.1)
    raise DemoFailed("the delivery's log does not say that it was delivered")


def _arrived(receiver: Receiver, video_id: str) -> dict[str, Any]:
    until = time.monotonic() + ARRIVAL_SECONDS
    while time.monotonic() < until:
        for event in receiver.events:
            if event["data"]["id"] == video_id:
                return event
        time.sleep(0.1)
    raise DemoFailed("no webhook came")
