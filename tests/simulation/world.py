"""One run: the product in an AWS made of memory, before an upstream that misbehaves, with many clients, on one virtual clock."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from cliprelay.aws.items import typed
from tests.simulation.actors.clients import TENANTS, Clients, api_key, tenant_of
from tests.simulation.actors.operator import Owner
from tests.simulation.alarms.board import Board
from tests.simulation.checks.cancels import problems_of_write
from tests.simulation.checks.history import Records
from tests.simulation.checks.money import BUDGETED, Money, set_budget
from tests.simulation.fault_rates import calm, draw
from tests.simulation.faults.mean_aws import KIND, Meanness, draw_meanness, make_mean
from tests.simulation.faults.outages import Weather, forecast
from tests.simulation.faults.plan import NoFaults, Plan, RandomFaults
from tests.simulation.leak_check import Output, heard_by, secret_in
from tests.simulation.network import Lines
from tests.simulation.runtime import deployment
from tests.simulation.runtime.calls import Calls, Trace
from tests.simulation.runtime.clock import Timeline
from tests.simulation.runtime.concurrency import Concurrency
from tests.simulation.runtime.environment import inhabit
from tests.simulation.runtime.lambda_service import Delivery, Functions
from tests.simulation.runtime.processes import Stage
from tests.simulation.runtime.sandboxes import Sandboxes
from tests.simulation.runtime.sockets import FakeSocket, Network
from tests.simulation.runtime.step_functions import Workflow, load
from tests.simulation.schedule import Sweeping
from tests.simulation.upstream.media import ModelMedia
from tests.simulation.upstream.model import ModelUpstream
from tests.support.memory_aws.contention import Contention
from tests.support.memory_aws.dynamodb import MemoryDynamoDB
from tests.support.memory_aws.messaging import MemorySecrets, MemorySns
from tests.support.memory_aws.s3 import MemoryS3
from tests.support.memory_aws.session import MemoryAws, table_of
from tests.support.memory_aws.step_functions import MemoryStepFunctions
from tests.support.world import template_resources

# 2026-11-22T06:00:00Z; any moment would do.
START = 1_795_327_200.0

# Between the prices of a silent video and of one with sound, in micro-dollars.
TYPICAL_PRICE = 190_000


@dataclass(frozen=True)
class Settings:
    """What one run is like; the seed decides everything else."""

    seed: int
    videos: int = 500
    clients: int = 32
    rate: float = 0.1
    # Orders come within so many seconds: some hundred videos are on their way at once.
    length: float = 1_800.0
    posters: bool = True

    @property
    def calm(self) -> bool:
        return self.rate == 0


@cache
def sandboxes() -> Sandboxes:
    """Shared by all runs of this process: a door takes milliseconds to import."""
    return Sandboxes()


class World:
    """All parts of one run; `plan` and `weather` default to what the seed draws."""

    def __init__(self, settings: Settings, plan: Plan | None = None, show: Callable[[str], None] | None = None) -> None:
        self.settings, self.rng, self.trace = settings, Random(settings.seed), Trace(show)  # noqa: S311 - not for secrets
        rate = settings.rate
        self.timeline = Timeline(START)
        self.stage = Stage(self.timeline)
        self.weather = Weather() if settings.calm else forecast(self.rng, START, settings.length, min(1.0, rate * 10))
        self.records = Records(self.now, self.trace.note)
        self.records.problems = problems_of_write
        self.aws = self._aws()
        self.temper = calm() if settings.calm else draw(self.rng, rate)
        plan = plan or (NoFaults() if settings.calm else RandomFaults(self.rng, rate, self.temper.faults))
        self.calls = Calls(self.stage, self.rng, plan, self.trace, self._is_out)
        self.media = ModelMedia(self.rng, self.now, min(0.5, 3 * rate))
        self.upstream = ModelUpstream(self.rng, self.now, self.weather, rate, self.media.new_link)
        self._network = Network(Lines(self).dial, self.stage)
        self.upstream.slow = self.temper.slow_creates
        self.functions = Functions(self.stage, self.rng, sandboxes(), *self._delivery(), lambda: self.weather.is_out("lambda", self.now()))
        self.functions.unforeseen = lambda problem: self.records.violate("unforeseen", problem)
        self.sweeping, self.owner = Sweeping(self), Owner(self)
        self.workflow = Workflow(_definition(settings.posters), self.timeline, self.rng, self._invoke, self.sweeping.execution_closed)
        self.workflow.check = self._check_data
        self.aws.stepfunctions.begin = self._begin
        self.clients = Clients(self.timeline, self.rng, self._send, settings.clients, self.records.violate)
        self.clients.looks_secret = secret_in
        self.lost: Counter[str] = Counter()
        self.board = Board(self)
        self._make_keys()
        if not settings.calm:
            self._make_budgets()
        self.meanness = KIND if settings.calm else self._make_mean()

    def now(self) -> float:
        return self.timeline.now

    @property
    def money(self) -> Money:
        return self.records.money

    @property
    def step(self) -> str:
        """The step that runs now."""
        strand = self.stage.current
        assert strand, "only a step makes calls"
        return strand.step

    # What the product is given instead of an operating system

    def wall_clock(self) -> float:
        strand = self.stage.current
        return self.timeline.now + (strand.skew[1] if strand and strand.calls >= strand.skew[0] else 0.0)

    def monotonic(self) -> float:
        return self.timeline.now

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        self.timeline.after(seconds, action)

    def sleep(self, seconds: float) -> None:
        self.stage.pause(seconds)

    def send(self, service: str, operation: str, request: AWSPreparedRequest) -> AWSResponse:
        return self.calls.aws(service, operation, request, self.aws.answer)

    def open(self, *args: Any, **more: Any) -> FakeSocket:
        return self._network.open(*args, **more)

    # How the parts find each other

    def _delivery(self) -> tuple[float, Mapping[Delivery, float]]:
        return self.temper.delivery_rate, self.temper.deliveries

    def _aws(self) -> MemoryAws:
        resources = template_resources()
        videos = table_of(resources["VideosTable"], deployment.VIDEOS, self.now)
        videos.watch = self.records.wrote
        others = {deployment.KEYS: "KeysTable", deployment.WEBHOOKS: "WebhooksTable", deployment.SPEND: "SpendTable"}
        tables = {deployment.VIDEOS: videos, **{name: table_of(resources[resource], name, self.now) for name, resource in others.items()}}
        s3, sns = MemoryS3(deployment.BUCKET, now=self.now), MemorySns(deployment.TOPIC, deployment.ALARMS)
        s3.watch, sns.watch = self.records.stored_object, self.records.published
        s3.may_list = lambda: deployment.may_list(step) if (step := self._caller()) in deployment.STEPS else True
        machine = MemoryStepFunctions(deployment.MACHINE, self.now)
        secrets = MemorySecrets(**{deployment.SECRET: "upstream-key-1"})
        return MemoryAws(MemoryDynamoDB(tables, Contention(self.now)), s3, machine, sns, secrets)

    def _caller(self) -> str | None:
        return self.stage.current.step if self.stage.current else None

    def _make_mean(self) -> Meanness:
        """Let AWS do what it may do."""
        meanness, aws = draw_meanness(self.rng), self.aws
        make_mean(meanness, self.rng, aws.dynamodb, aws.s3, aws.stepfunctions)
        self.functions.concurrency = Concurrency(self.now, self.rng, meanness.sandboxes)
        self.calls.needed = self._needed
        return meanness

    def _needed(self) -> float:
        contention, s3 = self.aws.dynamodb.contention, self.aws.s3
        seconds = contention.taken + s3.taken
        contention.taken = s3.taken = 0.0
        return seconds

    def _make_keys(self) -> None:
        from hashlib import sha256

        table = self.aws.dynamodb.tables[deployment.KEYS]
        for client in range(self.settings.clients):
            digest = sha256(api_key(client).encode()).hexdigest()
            item = {"key_sha256": digest, "tenant": tenant_of(client), "created_at": "2026-11-01T00:00:00Z", "hint": "clr_"}
            table.write(digest, typed(item), None)

    def _make_budgets(self) -> None:
        """Give half of the tenants a daily budget, of which each may be far too small, or more than enough."""
        rng = Random(f"budgets {self.settings.seed}")  # noqa: S311 - of its own, so that it changes nothing else that the seed decides
        for tenant in BUDGETED:
            share = self.settings.videos / len(TENANTS)
            set_budget(self, tenant, int(rng.choice((0.2, 0.6, 0.9, 2.0)) * share * TYPICAL_PRICE))

    def _is_out(self, service: str, operation: str) -> bool:
        return self.weather.is_out(service, self.now())

    def _invoke(self, function: str, payload: dict[str, Any], answered: Any) -> None:
        self.functions.invoke(function.removeprefix("${").removesuffix("FunctionArn}").lower(), payload, answered)

    def _begin(self, execution: Any) -> None:
        self.workflow.begin(execution)
        if not self.settings.calm and self.rng.random() < self.settings.rate / 4:
            self.timeline.after(self.rng.expovariate(1 / 120), lambda: self.workflow.stop(execution.name))

    def _send(self, event: dict[str, Any], answered: Any) -> None:
        self.functions.invoke("api", event, answered)

    def _check_data(self, where: str, data: dict[str, Any]) -> None:
        if what := secret_in(json.dumps(data)):
            self.records.violate("I7", f"{what} in the workflow's data at {where}")


@cache
def _definition(posters: bool) -> dict[str, Any]:
    return load(posters=posters)


@contextmanager
def living_in(world: World, output: Output) -> Iterator[World]:
    """Let the product live in this world, which ends with all of its strands."""
    output.leak = lambda what, text: world.records.violate("I7", f"{what} was printed: {text[:200]}")
    output.metric = world.sweeping.metric
    with inhabit(world, world.settings.seed), heard_by(output):
        sandboxes().cool_down()
        try:
            yield world
        finally:
            world.stage.close()
