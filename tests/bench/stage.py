"""The product in the simulation, undisturbed: the real handlers over AWS in memory, metered, on a virtual clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from cliprelay.admission.table import ControlsTable
from cliprelay.tenants.budgets import MOST_MICROS, BudgetTable, Limits
from cliprelay.video.spend import Scope, SpendTable
from tests.bench.meter import Meter
from tests.bench.upstream import SteadyUpstream
from tests.simulation.actors.clients import api_key, tenant_of
from tests.simulation.runtime import deployment
from tests.simulation.workers import in_this_process
from tests.simulation.world import Settings, World, living_in
from tests.support.makers import request_event
from tests.support.memory_aws.session import session_over

# Any seed would do: nothing is disturbed, and what is drawn (latencies, jitter) is not counted.
SEED = 7


class Stage(World):
    """A world with a meter, whose upstream needs `seconds` for each video."""

    def __init__(self, seconds: float = 60.0, *, posters: bool = False) -> None:
        super().__init__(Settings(SEED, videos=1, clients=4, rate=0.0, posters=posters))
        self.meter = Meter(self.aws, lambda: self.step)
        model = self.upstream
        self.upstream = SteadyUpstream(model.rng, model.now, model.weather, rate=0.0, new_link=model.new_link, odd=0.0, seconds=seconds)
        # Only waits take time, so that the polls of a video follow from the schedule alone.
        self.calls.latency = lambda: 0.0  # type: ignore[method-assign]
        # A link that serves the whole file at once.
        self.media.script = ["whole"] * 1_000

    def send(self, service: str, operation: str, request: AWSPreparedRequest) -> AWSResponse:
        """Let one request pass the meter."""
        return self.calls.aws(service, operation, request, self.meter.answer)

    def settle(self) -> None:
        """Bring a new deployment past its first minute: the sweep has run, and the operator has paused and resumed it once."""
        self._answer_of(
            "sweep", {"detail-type": "Scheduled Event", "source": "aws.events", "time": self._moment().strftime("%Y-%m-%dT%H:%M:%SZ")}
        )
        operator = session_over(self.aws.answer).client("dynamodb")
        controls = ControlsTable(operator, deployment.VIDEOS)
        controls.pause(self._moment())
        controls.resume()

    def set_budgets(self, scopes: tuple[str, ...]) -> None:
        """Give the client that orders a name, and its tenant and that name budgets that have counted something before."""
        dynamodb = session_over(self.aws.answer).client("dynamodb")
        if "key" in scopes:
            digest = sha256(api_key(0).encode()).hexdigest()
            named: Any = {"UpdateExpression": "SET #name = :name", "ExpressionAttributeNames": {"#name": "name"}}
            values = {":name": {"S": "shop"}}
            dynamodb.update_item(TableName=deployment.KEYS, Key={"key_sha256": {"S": digest}}, **named, ExpressionAttributeValues=values)
        budgets = BudgetTable(SpendTable(dynamodb, deployment.SPEND))
        for scope in scopes:
            budgets.set_limits(Scope(tenant_of(0), "shop" if scope == "key" else None), Limits(day=MOST_MICROS, month=MOST_MICROS))

    def order_only(self, body: dict[str, object], key: str) -> None:
        """Order a video whose execution never begins, as other orders warm the API."""
        begin, self.aws.stepfunctions.begin = self.aws.stepfunctions.begin, lambda execution: None
        self.ask("POST", "/v1/videos", body=body, headers={"idempotency-key": key})
        self.aws.stepfunctions.begin = begin

    def ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Send one request to the API, and return its answer."""
        return self._answer_of("api", request_event(method, path, **{"key": api_key(0), "arrived": self._moment(), **request}))

    def _answer_of(self, step: str, event: dict[str, Any]) -> dict[str, Any]:
        heard: list[dict[str, Any] | None] = []
        self.functions.invoke(step, event, lambda answer, error: heard.append(answer))
        self.timeline.run(lambda: bool(heard))
        assert heard[0] is not None, f"{step} did not answer"
        return heard[0]

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)


@contextmanager
def stage(seconds: float = 60.0, *, posters: bool = False) -> Iterator[Stage]:
    """Put the product on a stage of its own."""
    with in_this_process() as output, living_in(Stage(seconds, posters=posters), output) as world:
        assert isinstance(world, Stage)
        yield world
