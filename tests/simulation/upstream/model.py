"""The upstream as a model: accepts or refuses paid calls, keeps the ledger, answers questions, and misbehaves at a given rate."""

import socket
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from tests.simulation.faults.outages import HOUR, Weather
from tests.simulation.upstream import create_responses, poll_responses
from tests.simulation.upstream.ledger import ODD, Fate, Ledger, PaidTask, intent_of
from tests.support.http_wire import Reply, Request, html, json_reply

# Generation times are log-normal, with a median of twenty seconds and many far beyond; flex is a queue of minutes to hours. Faster
# than the real ones (schedule.py), because one more poll like the one before proves nothing and costs as much as the first.
SPREAD = {"default": (3.0, 0.9), "flex": (6.5, 1.0)}
# The vendor keeps a finished video for a day.
KEPT = 24 * HOUR

FATES = {
    Fate.SUCCEEDS: 90,
    Fate.FAILS: 3,
    Fate.MODERATED: 3,
    Fate.EXPIRES: 1.5,
    Fate.CANCELED: 1,
    Fate.NEVER: 0.3,
    Fate.LOST: 0.7,
    Fate.NO_LINK: 0.7,
    Fate.DEAD_LINKS: 0.2,
}


@dataclass
class ModelUpstream:
    """`rate` is the share of its answers that are wrong; `script` may name the answers to the first paid calls."""

    rng: Random
    now: Callable[[], float]
    weather: Weather
    rate: float
    new_link: Callable[[PaidTask], str]
    keys: set[str] = field(default_factory=lambda: {"upstream-key-1"})
    fates: dict[Fate, float] = field(default_factory=lambda: dict(FATES))
    script: list[str] = field(default_factory=list)
    odd: float = 0.05  # the share of tasks whose file cannot be verified
    thinking: float | None = None  # how long every paid call takes
    slow: float = 0.05  # the share of paid calls that take long
    before_create: Callable[[], None] = lambda: None
    ledger: Ledger = field(default_factory=Ledger)
    answers: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)

    def reach(self) -> None:
        """Raises OSError while the whole upstream is out of reach."""
        if self.weather.is_out("upstream", self.now()) and self.rng.random() < 0.5:
            raise self.rng.choice((ConnectionRefusedError(111, "refused"), socket.gaierror(-2, "no such host")))

    def handle(self, request: Request) -> Reply:
        """One whole request."""
        if request.method == "POST":
            return self._create(request)
        return self._result(request)

    # The paid call

    def _create(self, request: Request) -> Reply:
        self.before_create()
        how = self._scripted(request) or self._draw(request)
        self.answers[f"create: {how}"] += 1
        return self._answered(request, how).after(self._thinking(how))

    def _answered(self, request: Request, how: str) -> Reply:
        number = self.rng.randrange(1_000_000)
        task_id = f"task-{len(self.ledger.tasks) + 1}-{number}{ODD if number < 1_000_000 * self.odd else ''}"
        for table in (create_responses.ABOUT_THE_VIDEO, create_responses.FOR_NOW, create_responses.NO_BALANCE, create_responses.NO_KEY):
            if how in table:
                return table[how](self.rng, self.now(), task_id)
        name, _, truth = how.partition(" / ")
        if truth != "not taken":
            self._accept(request, task_id, how)
        if name in create_responses.OPEN:
            return create_responses.OPEN[name](self.rng, self.now(), task_id)
        return json_reply(200, create_responses.TAKEN[name](task_id))

    def _scripted(self, request: Request) -> str | None:
        if not self.script or self._key_of(request) not in self.keys:
            return None
        return self.script.pop(0)

    @staticmethod
    def _key_of(request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def _draw(self, request: Request) -> str:
        """How this call is answered."""
        if self._key_of(request) not in self.keys or self.weather.is_out("key", self.now()):
            return self._one_of(create_responses.NO_KEY)
        if self.weather.is_out("balance", self.now()):
            return self._one_of(create_responses.NO_BALANCE)
        if self.weather.is_out("upstream", self.now()):
            return f"502 page / {'taken' if self.rng.random() < 0.2 else 'not taken'}"
        if self.rng.random() >= self.rate:
            return self._one_of(create_responses.TAKEN)
        return self._wrong()

    def _wrong(self) -> str:
        luck = self.rng.random()
        if luck < 0.30:
            return self._one_of(create_responses.FOR_NOW)
        if luck < 0.40:
            return self._one_of(create_responses.ABOUT_THE_VIDEO)
        return f"{self._one_of(create_responses.OPEN)} / {'taken' if self.rng.random() < 0.5 else 'not taken'}"

    def _one_of(self, table: Iterable[str]) -> str:
        return self.rng.choice(list(table))

    def _accept(self, request: Request, task_id: str, how: str) -> PaidTask:
        fields = request.json()
        fate = self.rng.choices(list(self.fates), list(self.fates.values()))[0]
        work = self.rng.lognormvariate(*SPREAD[fields["service_tier"]])
        now = self.now()
        shown = now + (self.rng.uniform(1, 20) if self.rng.random() < self.rate else 0)
        task = PaidTask(task_id, intent_of(request), now, shown, now + work, fate, how)
        if work > fields["execution_expires_after"]:
            task.fate, task.ready_at = Fate.EXPIRES, now + fields["execution_expires_after"]
        self.ledger.tasks[task_id] = task
        return task

    def _thinking(self, how: str) -> float:
        """Seconds until a create is answered; the slowest are cut off by Submit's own time-out."""
        if self.thinking is not None:
            return self.thinking
        luck = self.rng.random() if how in create_responses.TAKEN else 1.0
        least, most = (0.3, 3.0) if luck >= self.slow else (3.0, 110.0) if luck >= self.slow / 10 else (110.0, 130.0)
        return self.rng.uniform(least, most)

    # The free question

    def _result(self, request: Request) -> Reply:
        task = self.ledger.tasks.get(request.query.get("task_id", ""))
        if task is None:
            self.strange.append(f"asked for a task that was never sold: {request.query}")
            return poll_responses.unknown()
        task.asked += 1
        trouble = self._trouble(request)
        if trouble:
            return trouble
        if self.rng.random() < self.rate:
            name = self._one_of(poll_responses.USELESS)
            self.answers[f"poll: {name}"] += 1
            return poll_responses.USELESS[name]()
        return self._told(task).after(self.rng.uniform(0.05, 0.8))

    def _trouble(self, request: Request) -> Reply | None:
        if self._key_of(request) not in self.keys or self.weather.is_out("key", self.now()):
            return json_reply(401, {"code": 401, "reason": "INVALID_API_KEY", "message": "the api key is invalid"})
        return html(502) if self.weather.is_out("upstream", self.now()) else None

    def _told(self, task: PaidTask) -> Reply:
        now = self.now()
        if task.fate is Fate.LOST or now < task.visible_at or self.rng.random() < self.rate / 10:
            self.answers["poll: 404"] += 1
            task.withhold()
            return poll_responses.unknown()
        goes_back = task.seen_done and self.rng.random() < self.rate / 5
        if task.fate is Fate.NEVER or now < task.ready_at or goes_back:
            task.withheld = 0 if not task.seen_done else task.withheld
            return poll_responses.waiting(task, self.rng)
        if task.fate not in (Fate.SUCCEEDS, Fate.NO_LINK, Fate.DEAD_LINKS):
            return poll_responses.ended(task)
        return self._done(task, now)

    def _done(self, task: PaidTask, now: float) -> Reply:
        task.seen_done = True
        if task.fate is Fate.NO_LINK or now > task.ready_at + KEPT or self.rng.random() < self.rate:
            self.answers["poll: no link"] += 1
            task.withhold()
            return poll_responses.done(task, None)
        task.withheld = 0
        return poll_responses.done(task, self.new_link(task))
