"""The progress of a task: a pure function of the clock and of a plan drawn when the task was accepted."""

from dataclasses import dataclass
from enum import Enum
from math import exp, inf, log
from random import Random
from uuid import UUID

from local.simulator.contract.options import Options
from local.simulator.contract.validation import Order
from local.simulator.faults.catalogue import MODERATED_LATER
from local.simulator.faults.directives import Directives

# Run times: median 50 s and 95th percentile 180 s, hence sigma = ln(180 / 50) / 1.645.
_MEDIAN_RUN = 50.0
_SIGMA = log(180 / 50) / 1.645
# Each second of video beyond the default five adds about four seconds.
_PER_EXTRA_SECOND = 4.0
_USUAL_DURATION = 5
_QUEUE = (0.0, 5.0)
_FLEX_QUEUE = (600.0, 21600.0)


class Status(Enum):
    QUEUED = "TASK_STATUS_QUEUED"
    PROCESSING = "TASK_STATUS_PROCESSING"
    SUCCEED = "TASK_STATUS_SUCCEED"
    FAILED = "TASK_STATUS_FAILED"
    EXPIRED = "TASK_STATUS_EXPIRED"
    CANCELED = "TASK_STATUS_CANCELED"

    @property
    def ended(self) -> bool:
        return self not in (Status.QUEUED, Status.PROCESSING)


@dataclass(frozen=True)
class Plan:
    """How a task will proceed; durations in simulated seconds."""

    queue: float
    run: float
    end: Status = Status.SUCCEED
    reason: str = ""
    error_500: bool = False  # every later poll reports the failure as an HTTP status

    @property
    def total(self) -> float:
        return self.queue + self.run

    @property
    def makes_video(self) -> bool:
        return self.end is Status.SUCCEED and self.run != inf


@dataclass(frozen=True)
class Task:
    """An accepted, and therefore paid, request; it keeps the scale, plan and times that it was accepted with."""

    id: str
    accepted_at: float  # epoch seconds
    scale: float
    order: Order
    plan: Plan
    faults: Directives
    seed: int
    body_sha256: str
    number: int = 0  # in the ledger
    cheap: bool = False
    film_until: float | None = None  # epoch seconds until its video is deleted; None: there is none
    forgotten_at: float = inf  # epoch seconds
    end_reported: bool = False
    signed_at: float | None = None
    video_sha256: str = ""  # known once its video is stored

    def time_at(self, simulated: float) -> float:
        """Return the epoch seconds at which the task has a simulated age."""
        return self.accepted_at + simulated * self.scale

    def age(self, now: float) -> float:
        return (now - self.accepted_at) / self.scale


@dataclass(frozen=True)
class State:
    """The state that a poll reports without faults."""

    status: Status
    reason: str = ""
    progress: int = 0
    eta: int = 0
    started_at: float | None = None
    ended_at: float | None = None


def status_at(now: float, started: float, ended: float, end: Status) -> Status:
    if now < started:
        return Status.QUEUED
    return end if now >= ended else Status.PROCESSING


def state_at(task: Task, now: float) -> State:
    plan = task.plan
    started = task.time_at(plan.queue)
    ended = task.time_at(plan.total)
    status = status_at(now, started, ended, plan.end)
    if status is Status.QUEUED:
        return State(Status.QUEUED)
    if status.ended:
        progress = 100 if plan.end is Status.SUCCEED else 65
        return State(plan.end, plan.reason, progress, 0, started, ended)
    return _processing(plan, task.age(now) - plan.queue, started)


def _processing(plan: Plan, worked: float, started: float) -> State:
    if plan.run == inf:
        return State(Status.PROCESSING, progress=99, started_at=started)
    progress = min(99, int(100 * worked / plan.run))
    return State(Status.PROCESSING, progress=progress, eta=max(1, round(plan.run - worked)), started_at=started)


def draw_plan(order: Order, faults: Directives, options: Options, random: Random) -> Plan:
    """Draw durations from the seed, unless faults or options set them, and limit them by the task's expiry."""
    # Always draw both, so that setting one does not change the other.
    queue = _draw_queue(order, random)
    run = random.lognormvariate(log(_MEDIAN_RUN), _SIGMA)
    run += _PER_EXTRA_SECOND * max(0, order.duration - _USUAL_DURATION)
    settings = faults.settings
    queue = float(settings.get("queue", queue if options.queue is None else options.queue))
    run = float(settings.get("run", run if options.run is None else options.run))
    outcome = settings.get("outcome") or _moderation(order.prompt) or "succeed"
    return _expire(_with_outcome(outcome, queue, run, options), order, options)


def _draw_queue(order: Order, random: Random) -> float:
    if order.service_tier == "flex":  # log-uniform
        return exp(random.uniform(log(_FLEX_QUEUE[0]), log(_FLEX_QUEUE[1])))
    return random.uniform(*_QUEUE)


def _moderation(prompt: str) -> str | None:
    return next((f"moderated:{code}" for word, code in MODERATED_LATER.items() if word in prompt), None)


def _with_outcome(outcome: str, queue: float, run: float, options: Options) -> Plan:
    name, _, detail = outcome.partition(":")
    if name == "fail":
        return Plan(queue, run, Status.FAILED, detail or "InternalServiceError: the service met an internal error")
    if name == "moderated":
        code = detail or "OutputVideoSensitiveContentDetected"
        return Plan(queue, run, Status.FAILED, f"{code}: the request or its output may contain sensitive information")
    if name == "expired":
        return _expired(queue, run, detail or options.expiry)
    if name == "cancelled":
        return Plan(queue, run, *((Status.FAILED, "task cancelled") if detail else (Status.CANCELED, "")))
    if name == "task-failed-500":
        return Plan(queue, run, Status.FAILED, "the task failed", error_500=True)
    return Plan(queue, inf if name == "never" else run)


def _expired(queue: float, run: float, surface: str) -> Plan:
    if surface == "status":
        return Plan(queue, run, Status.EXPIRED)
    return Plan(queue, run, Status.FAILED, "task expired")


def _expire(plan: Plan, order: Order, options: Options) -> Plan:
    limit = float(order.execution_expires_after)
    if plan.total <= limit or plan.run == inf:  # `never` exceeds the expiry on purpose
        return plan
    queue = min(plan.queue, limit)
    return _expired(queue, limit - queue, options.expiry)


def draw_id(order: Order, options: Options, now_text: str, random: Random) -> str:
    """Draw an id; `now_text` is the date in the vendor's ids, YYYYMMDDhhmmss."""
    if options.id_form == "uuid":
        return str(UUID(int=random.getrandbits(128), version=4))
    batch = "batch-" if order.service_tier == "flex" else ""
    letters = "".join(random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=5))
    return f"cgt-{batch}{now_text}-{letters}"
