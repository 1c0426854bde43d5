"""Record payments and requests: the evidence for every test that says "paid once"."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from local.simulator.contract.options import Options
from local.simulator.contract.pricing import Cost, cost
from local.simulator.contract.validation import Order
from local.simulator.tasks.task import Status, Task, state_at


@dataclass(frozen=True)
class StrayRequest:
    """A followed redirect; `authorization` says whether the key was sent along."""

    method: str
    path: str
    authorization: bool


class Ledger:
    """Every accepted create, and counts of all other requests."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._tasks: list[Task] = []
        self._counts: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._strays: list[StrayRequest] = []
        self._lock = Lock()

    def count(self, what: str) -> None:
        """Count one of `posts`, `polls`, `polls_unknown`, `downloads` or `downloads_refused`."""
        with self._lock:
            self._counts[what] += 1

    def count_poll(self, task: Task) -> None:
        self.count("polls")
        with self._lock:
            task.polls += 1

    def count_download(self, task: Task) -> None:
        self.count("downloads")
        with self._lock:
            task.downloads += 1

    def count_refusal(self, reason: str) -> None:
        with self._lock:
            self._refused[reason] += 1

    def record_stray(self, stray: StrayRequest) -> None:
        with self._lock:
            self._strays.append(stray)

    def accept(self, task: Task) -> None:
        with self._lock:
            self._tasks.append(task)

    def committed(self, now: float) -> float:
        """Return the US dollars that are charged, or may still be."""
        return sum(price(task.order).usd for task in self._all() if self._charged(task, now) is not False)

    def entries(self, now: float) -> list[dict[str, Any]]:
        return [self._entry(task, now) for task in self._all()]

    def summary(self, now: float) -> dict[str, Any]:
        entries = self.entries(now)
        with self._lock:
            counts: Mapping[str, int] = dict(self._counts)
            refused = dict(self._refused)
            strays = [vars(stray) for stray in self._strays]
        return {
            "entries": entries,
            "accepted": len(entries),
            **{name: counts.get(name, 0) for name in _COUNTS},
            "refused": refused,
            "strays": strays,
            "usd_charged": round(sum(entry["usd"] for entry in entries if entry["charged"]), 6),
        }

    def _all(self) -> list[Task]:
        with self._lock:
            return list(self._tasks)

    def _charged(self, task: Task, now: float) -> bool | None:
        """Return whether the task is charged, or None while undecided."""
        if self._options.charge == "accept":
            return True
        status = state_at(task, now).status
        return status is Status.SUCCEED if status.ended else None

    def _entry(self, task: Task, now: float) -> dict[str, Any]:
        order, money = task.order, price(task.order)
        width, height = order.size
        return {
            "task_id": task.id,
            "time": datetime.fromtimestamp(task.accepted_at, UTC).isoformat(),
            "model": order.model.name,
            "duration": order.duration,
            "resolution": order.resolution,
            "ratio": order.ratio,
            "width": width,
            "height": height,
            "audio": order.generate_audio,
            "tier": order.service_tier,
            "tokens": money.tokens,
            "usd": money.usd,
            "charged": self._charged(task, now),
            "status": state_at(task, now).status.value,
            "fields": list(order.fields),
            "body_sha256": task.body_sha256,
            "polls": task.polls,
            "downloads": task.downloads,
            "video_sha256": task.video_sha256,
        }


_COUNTS = ("posts", "polls", "polls_unknown", "downloads", "downloads_refused")


def price(order: Order) -> Cost:
    return cost(order.resolution, order.shape, order.duration, order.generate_audio, order.service_tier, order.model)
