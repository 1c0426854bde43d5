"""The demo's webhooks: one delivered at once, and one whose receiver is down at first."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from local.demo.output import DemoError, print_fact, print_quote
from local.demo.service_process import Service
from local.receiver.command import fetch_secrets
from local.receiver.server import Receiver

# A webhook follows the e-mail within seconds; a minute means that something is wrong.
ARRIVAL_SECONDS = 60
# How many attempts the receiver of the second part rejects.
FAILURES = 3


@contextmanager
def listening(service: Service, *, failures: int = 0) -> Iterator[tuple[Receiver, list[str]]]:
    """Run a receiver with the service's secrets; yield it and the lines that it prints."""
    lines: list[str] = []
    secrets = fetch_secrets({"api": service.api, "api_key": service.key})
    receiver = Receiver(0, lambda refresh: secrets, lines.append, failures=failures)
    receiver.start()
    try:
        yield receiver, lines
    finally:
        receiver.stop()


def show_event(receiver: Receiver, lines: list[str], video_id: str) -> str:
    """Wait for the video's event, print it and return its durable link."""
    event = _wait_for_event(receiver, video_id)
    print_quote("\n".join(lines))
    link: str = event["data"]["video"]["link"]
    return link


def show_attempts(service: Service, receiver: Receiver, video_id: str, time_scale: float) -> None:
    """Wait until a receiver that is down at first has the event, and print the delivery's attempts."""
    _wait_for_event(receiver, video_id)
    for number, attempt in enumerate(_wait_for_attempts(service, video_id), start=1):
        print_fact(f"Attempt {number}", f"{attempt['at']}  {attempt.get('status') or attempt.get('error')}")
    print_fact("Clock", f"{1 / time_scale:.0f} times faster; the real schedule is at once, 5 s, 5 min, 30 min, and six more within 75 h")


def _wait_for_attempts(service: Service, video_id: str) -> list[dict[str, Any]]:
    """Return the attempts of the video's only delivery, once it is recorded as delivered."""
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
    raise DemoError("the delivery was not recorded as delivered")


def _wait_for_event(receiver: Receiver, video_id: str) -> dict[str, Any]:
    until = time.monotonic() + ARRIVAL_SECONDS
    while time.monotonic() < until:
        for event in receiver.events:
            if event["data"]["id"] == video_id:
                return event
        time.sleep(0.1)
    raise DemoError("no webhook arrived")
