"""The state shared by the endpoints: options, clock, tasks and ledger."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from random import Random
from secrets import randbits, token_bytes
from threading import Lock

from cliprelay.catalog.model import Model
from cliprelay.catalog.registry import MODELS
from local.simulator.contract.errors import UpstreamError
from local.simulator.contract.options import Options
from local.simulator.contract.paths import create_path
from local.simulator.contract.rate_limit import TokenBucket
from local.simulator.contract.validation import Order
from local.simulator.faults.directives import Directives, FaultCounter
from local.simulator.faults.script import FaultScript
from local.simulator.media.cache import VideoCache
from local.simulator.media.signed_urls import Signer
from local.simulator.tasks.ledger import Ledger, price
from local.simulator.tasks.task import Task, draw_id, draw_plan

Clock = Callable[[], float]


@dataclass
class SimulatorState:
    key: str
    options: Options
    clock: Clock
    videos: VideoCache
    log: Callable[[str], None]
    pause: Callable[[float], object]  # sleeps for real seconds; returns true if interrupted
    models: dict[str, Model] = field(default_factory=lambda: {create_path(name): model for name, model in MODELS.items()})  # by path
    ledger: Ledger = field(init=False)
    rate_limit: TokenBucket = field(init=False)
    script: FaultScript = field(default_factory=FaultScript)
    fault_counter: FaultCounter = field(default_factory=FaultCounter)
    signer: Signer = field(default_factory=lambda: Signer(token_bytes(32)))
    tasks: dict[str, Task] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)  # unusual ids that faults returned
    last_id: str = ""
    address: str = ""  # host:port for video URLs, if a poll has no usable Host header
    _first_seen: dict[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.options)
        self.rate_limit = TokenBucket(self.options.rate_limit, self.options.time_scale)
        self._seed = randbits(64) if self.options.seed is None else self.options.seed

    def accept(self, order: Order, faults: Directives, body: bytes) -> Task:
        """Accept and charge an order; raise UpstreamError if the balance is too low."""
        with self._lock:
            self._check_balance(order)
            task = self._make(order, faults, sha256(body).hexdigest())
            self.tasks[task.id] = task
            self.last_id = task.id
            self.ledger.accept(task)
        self.log(f"accepted {task.id}: ${price(task.order).usd:.4f}, {task.plan.total:.0f} simulated seconds")
        return task

    def _check_balance(self, order: Order) -> None:
        balance = self.options.balance
        if balance is None or self.ledger.committed(self.clock()) + price(order).usd <= balance:
            return
        if self.options.balance_refusal == "400":
            raise UpstreamError(400, "BILLING_BALANCE_NOT_ENOUGH")
        raise UpstreamError(403, "NOT_ENOUGH_BALANCE")

    def _make(self, order: Order, faults: Directives, digest: str) -> Task:
        now = self.clock()
        # The counter makes the results of equal requests differ, as with the real model.
        random = Random(f"{self._seed}/{len(self.tasks)}/{digest}")  # noqa: S311 - repeatable on purpose
        date = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d%H%M%S")
        return Task(
            id=draw_id(order, self.options, date, random),
            accepted_at=now,
            scale=self.options.time_scale,
            order=self.videos.store_images(order),
            plan=draw_plan(order, faults, self.options, random),
            faults=faults,
            seed=random.randrange(_highest_seed(order) + 1) if order.seed == -1 else order.seed,
            body_sha256=digest,
        )

    def find(self, task_id: str) -> Task:
        """Return a task; raise UpstreamError if it is unknown or past its retention."""
        task = self.tasks.get(self.aliases.get(task_id, task_id))
        if task is None or task.age(self.clock()) >= self.options.retention:
            raise UpstreamError(404, "TASK_NOT_FOUND")
        return task

    def prompt_age(self, prompt: str) -> float:
        """Return the simulated seconds since this prompt was first seen, or seen again after an acceptance."""
        now = self.clock()
        return (now - self._first_seen.setdefault(prompt, now)) / self.options.time_scale

    def forget_prompt(self, prompt: str) -> None:
        """Restart the prompt's faults for the next equal request."""
        self._first_seen.pop(prompt, None)
        self.fault_counter.forget(prompt)


def _highest_seed(order: Order) -> int:
    field = order.model.meaning("seed")
    return 2**32 - 1 if field is None or field.high is None else field.high
