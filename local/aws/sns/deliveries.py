"""Deliver in the background what is in the outbox, until it has arrived or its retries are used up."""

import heapq
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import requests

from local.aws.sns.envelope import headers, lambda_event
from local.aws.sns.outbox import Delivery, Outbox
from local.aws.sns.signature import Signer
from local.state.database import StorageError

# SNS's time-out for an endpoint's response.
RESPONSE_SECONDS = 15
# After a restart, thousands of deliveries may be due at once; each takes a thread.
MOST_AT_ONCE = 64
# How soon the end of a delivery is stored after the disk has space again.
STORAGE_SECONDS = 1.0

PrintLine = Callable[[str, str], None]
# Invokes a function with an event, and returns the error's type, if any.
Invoke = Callable[[str, Any], str | None]


class Deliveries:
    """One thread waits for the next due delivery; memory holds only the numbers of those that have not ended."""

    def __init__(
        self,
        outbox: Outbox,
        signer: Signer,
        invoke: Invoke,
        time_scale: float,
        print_line: PrintLine,
        storage_seconds: float = STORAGE_SECONDS,
    ) -> None:
        self._outbox, self._signer, self._invoke = outbox, signer, invoke
        self._time_scale, self._print_line, self._storage_seconds = time_scale, print_line, storage_seconds
        self._changed = threading.Condition()
        self._due: list[tuple[float, int]] = []
        self._known: set[int] = set()
        self._slots = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="deliveries", daemon=True)

    def start(self) -> None:
        """Go on with what is stored; until then, new deliveries wait in the outbox."""
        self._thread.start()
        self.begin(self._outbox.due_times().items())

    def stop(self) -> None:
        """Begin no other attempt; what has not ended continues at the next start."""
        self._stopped.set()
        with self._changed:
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def begin(self, stored: Iterable[tuple[int, float]]) -> None:
        """Deliver, when they are due, deliveries that are in the outbox."""
        if not self._thread.is_alive():
            return
        with self._changed:
            for number, due in stored:
                if number not in self._known:
                    self._known.add(number)
                    heapq.heappush(self._due, (due, number))
            self._changed.notify()

    def _run(self) -> None:
        while True:
            number = self._next()
            if number is None or not self._has_slot():
                return
            threading.Thread(target=self._deliver, args=(number,), daemon=True).start()

    def _next(self) -> int | None:
        """Wait for a due delivery; return None when stopped."""
        with self._changed:
            while not self._stopped.is_set():
                left = self._due[0][0] - time.time() if self._due else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._due)[1]
                self._changed.wait(left)
        return None

    def _has_slot(self) -> bool:
        """Wait until another attempt may begin; return False when stopped."""
        while not self._slots.acquire(timeout=STORAGE_SECONDS):
            if self._stopped.is_set():
                return False
        return True

    def _deliver(self, number: int) -> None:
        try:
            found = self._outbox.get(number)
            if found:
                self._attempt(number, *found)
            else:
                self._known.discard(number)
        except (StorageError, sqlite3.ProgrammingError):  # the disk is full, or the database closed; the next start delivers
            self._known.discard(number)
        finally:
            self._slots.release()

    def _attempt(self, number: int, delivery: Delivery, failed: int) -> None:
        problem, is_final = self._send(delivery)
        if problem and self._stopped.is_set():
            return  # it may have failed because the service stops; the next start tries again
        if problem and not is_final and failed < len(delivery.delays):
            due = time.time() + delivery.delays[failed] * self._time_scale
            self._store(lambda: self._outbox.postpone(number, due))
            with self._changed:
                heapq.heappush(self._due, (due, number))
                self._changed.notify()
            return
        self._store(lambda: self._outbox.remove(number))
        self._known.discard(number)
        if problem:
            self._print_line("events", f"gave up on {delivery.endpoint}: {problem}")

    def _store(self, write: Callable[[], None]) -> None:
        """Store what became of an attempt, as soon as there is space for it: otherwise it would be repeated."""
        while True:
            try:
                return write()
            except StorageError:
                if self._stopped.wait(self._storage_seconds):
                    raise

    def _send(self, delivery: Delivery) -> tuple[str | None, bool]:
        if delivery.protocol == "lambda":
            event = lambda_event(self._signer.signed(delivery.envelope), delivery.subscription_arn)
            return self._invoke(_function_name(delivery.endpoint), event), False
        body = delivery.envelope["Message"] if delivery.raw else json.dumps(self._signer.signed(delivery.envelope))
        return post(delivery.endpoint, body, headers(delivery.envelope, delivery.subscription_arn, delivery.raw))


def post(endpoint: str, body: str, given: dict[str, str]) -> tuple[str | None, bool]:
    """Return the error, if any, and whether it is final: like SNS, do not retry client errors."""
    try:
        response = requests.post(endpoint, body.encode(), headers=given, timeout=RESPONSE_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return type(error).__name__, False
    if response.ok:
        return None, True
    return f"status {response.status_code}", 400 <= response.status_code < 500 and response.status_code != 429


def _function_name(arn: str) -> str:
    """Return the name in a function's ARN, which may have a version or an alias behind it."""
    return arn.split(":")[6]
