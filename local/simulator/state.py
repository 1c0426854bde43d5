"""The state shared by the endpoints: options, clock, tasks and ledger."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from random import Random
from secrets import randbits, token_hex
from sqlite3 import Connection

from cliprelay.catalog.model import Model
from cliprelay.catalog.registry import MODELS
from local.simulator.contract.errors import UpstreamError
from local.simulator.contract.options import Options
from local.simulator.contract.paths import create_path
from local.simulator.contract.rate_limit import TokenBucket
from local.simulator.contract.validation import Order
from local.simulator.faults.counter import FaultCounter
from local.simulator.faults.directives import Directives
from local.simulator.faults.script import FaultScript
from local.simulator.identity import Identity
from local.simulator.media.cache import VideoCache
from local.simulator.media.signed_urls import Signer
from local.simulator.tasks.journal import Journal
from local.simulator.tasks.ledger import Ledger, price
from local.simulator.tasks.table import TaskTable
from local.simulator.tasks.task import Task, draw_id, draw_plan
from local.state.database import StorageError

Clock = Callable[[], float]

# Seconds between two deletions of what nobody can ask for any more.
_SWEEP_SECONDS = 60.0


@dataclass
class SimulatorState:
    identity: Identity
    key: str
    options: Options
    clock: Clock
    videos: VideoCache
    journal: Journal
    log: Callable[[str], None]
    pause: Callable[[float], object]  # sleeps for real seconds; returns true if interrupted
    models: dict[str, Model] = field(default_factory=lambda: {create_path(name): model for name, model in MODELS.items()})  # by path
    address: str = ""  # host:port for video URLs, if a poll has no usable Host header

    def __post_init__(self) -> None:
        self.rate_limit = TokenBucket(self.options.rate_limit, self.options.time_scale)
        self.ledger = Ledger(self.journal)
        self.tasks = TaskTable(self.journal)
        self.script = FaultScript(self.journal)
        self.fault_counter = FaultCounter(self.journal)
        self.signer = Signer(bytes.fromhex(self.identity.once("signer", lambda: token_hex(32))))
        self._seed = self.identity.once("seed", lambda: randbits(64)) if self.options.seed is None else self.options.seed
        self._next_sweep = 0.0
        self.videos.restore(self.tasks.films(), self.tasks.pictures())

    def accept(self, order: Order, faults: Directives, body: bytes, alias: Callable[[str], object] | None = None) -> Task:
        """Accept and charge an order, on disk when this returns; `alias` makes another id for polls.

        Raises UpstreamError, with nothing accepted, if the balance is too low or the disk is full.
        """
        digest = sha256(body).hexdigest()
        try:
            stored = self.videos.store_images(order)
            task = self._charge_or_release(stored, faults, digest, alias)
        except (OSError, StorageError) as error:
            self.log(f"refused a create: {error}")
            raise UpstreamError(503, "SERVICE_NOT_AVAILABLE") from None
        self.log(f"accepted {task.id}: ${price(task.order).usd:.4f}, {task.plan.total:.0f} simulated seconds")
        return task

    def _charge_or_release(self, stored: Order, faults: Directives, digest: str, alias: Callable[[str], object] | None) -> Task:
        try:
            task = self._charge(stored, faults, digest, alias)
        except BaseException:
            self.videos.release_images(stored.picture_files)
            raise
        if not task.plan.makes_video:
            self.videos.release_images(stored.picture_files)
        return task

    def _charge(self, order: Order, faults: Directives, digest: str, alias: Callable[[str], object] | None) -> Task:
        with self.journal.transaction() as connection:
            now = self.clock()
            self._check_balance(connection, order, now)
            task = self._make(connection, order, faults, digest, now)
            self.ledger.accept(connection, task, self.options.charge)
            self.tasks.add(connection, task)
            self.fault_counter.forget_prompt(connection, order.prompt)
            if alias:
                self.tasks.add_alias(connection, str(alias(task.id)), task.id)
        return task

    def _check_balance(self, connection: Connection, order: Order, now: float) -> None:
        balance = self.options.balance
        if balance is None or self.ledger.committed(connection, now) + price(order).usd <= balance:
            return
        if self.options.balance_refusal == "400":
            raise UpstreamError(400, "BILLING_BALANCE_NOT_ENOUGH")
        raise UpstreamError(403, "NOT_ENOUGH_BALANCE")

    def _make(self, connection: Connection, order: Order, faults: Directives, digest: str, now: float) -> Task:
        number = self.ledger.next_number(connection)
        # The number makes the results of equal requests differ, as with the real model.
        random = Random(f"{self._seed}/{number - 1}/{digest}")  # noqa: S311 - repeatable on purpose
        task = Task(
            id=self._draw_id(connection, order, now, random),
            accepted_at=now,
            scale=self.options.time_scale,
            order=order,
            plan=draw_plan(order, faults, self.options, random),
            faults=faults,
            seed=random.randrange(_highest_seed(order) + 1) if order.seed == -1 else order.seed,
            body_sha256=digest,
            number=number,
            cheap=self.options.cheap,
        )
        return replace(task, film_until=self._film_until(task), forgotten_at=task.time_at(self.options.retention))

    def _draw_id(self, connection: Connection, order: Order, now: float, random: Random) -> str:
        date = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d%H%M%S")
        while self.tasks.has(connection, task_id := draw_id(order, self.options, date, random)):
            pass
        return task_id

    def _film_until(self, task: Task) -> float | None:
        return task.time_at(task.plan.total) + self.options.video_kept if task.plan.makes_video else None

    def find(self, task_id: str) -> Task:
        """Return a task; raise UpstreamError if it is unknown or past its retention."""
        task = self.tasks.find_aliased(task_id)
        if task is None or self.clock() >= task.forgotten_at:
            raise UpstreamError(404, "TASK_NOT_FOUND")
        return task

    def prompt_age(self, prompt: str) -> float:
        """Return the simulated seconds since this prompt was first seen, or seen again after an acceptance."""
        now = self.clock()
        return (now - self.fault_counter.first_seen(prompt, now)) / self.options.time_scale

    def sweep(self) -> None:
        """Once a minute, delete what nobody can ask for any more; the ledger's entries stay."""
        now = self.clock()
        if now < self._next_sweep:
            return
        self._next_sweep = now + _SWEEP_SECONDS
        with suppress(StorageError, OSError):  # tried again in a minute
            for film in self.tasks.drop_old_films(now):
                self.videos.delete(film.id)
                self.videos.release_images(film.pictures)
            self.tasks.forget(now)
            self.fault_counter.forget_prompts_before(now - self.options.retention * self.options.time_scale)


def _highest_seed(order: Order) -> int:
    field = order.model.meaning("seed")
    return 2**32 - 1 if field is None or field.high is None else field.high
