"""One video from its order to its notification, counted: calls, units, polls, transitions, history events."""

from collections import Counter
from dataclasses import dataclass, field

from tests.bench.meter import by_operation
from tests.bench.stage import Stage, stage

HOUR = 3_600
# As long as a video may take: the longest time that an order may ask for, less what the first call took.
LONGEST = 72 * HOUR - 100
# The simulation's upstream reads the name of the intent from the prompt.
PROMPT = "intent-1: a slow push-in on the lighthouse at dusk, and the waves below. ".ljust(1_000, "x")


@dataclass(frozen=True)
class Order:
    """An order of a video that takes `seconds` at the upstream; `posters` is the owner's parameter."""

    name: str
    seconds: float
    fields: dict[str, object] = field(default_factory=dict, hash=False)
    budgets: tuple[str, ...] = ()  # of its `tenant`, of its `key`
    posters: bool = False

    @property
    def body(self) -> dict[str, object]:
        return {"image": "https://assets.example.com/lighthouse.png", "prompt": PROMPT, **self.fields}


MINUTE_LONG = Order("60 s", 60)
WITHIN_BUDGETS = (Order("60 s, one budget", 60, budgets=("tenant",)), Order("60 s, two budgets", 60, budgets=("tenant", "key")))
WITH_POSTER = Order("60 s, with a poster", 60, posters=True)
THREE_DAYS = Order("72 h, flex", LONGEST, {"service_tier": "flex", "execution_expires_after": 72 * HOUR})
FLEX = tuple(Order(f"{hours} h, flex", hours * HOUR, {"service_tier": "flex", "execution_expires_after": 72 * HOUR}) for hours in (1, 6))


@dataclass(frozen=True)
class Walked:
    """The counts of one video; `calls` by step and operation, units by table and index."""

    order: Order
    status: str
    calls: dict[tuple[str, str], int]
    writes: dict[str, int]
    reads: dict[str, float]
    visits: dict[str, int]
    invocations: dict[str, int]
    transitions: int
    events: int
    late: float
    refused: dict[str, int]

    @property
    def polls(self) -> int:
        return self.invocations["poll"]

    @property
    def operations(self) -> dict[str, int]:
        """The calls by operation."""
        return by_operation(self.calls)

    def of_step(self, step: str) -> dict[str, int]:
        """The calls of one step by operation."""
        return {operation: count for (caller, operation), count in self.calls.items() if caller == step}


def walk(order: Order) -> Walked:
    """Order one video with an Idempotency-Key from a warm API, and follow it to its end."""
    with stage(order.seconds, posters=order.posters) as here:
        here.settle()
        here.set_budgets(order.budgets)
        # The API then knows the key, and whatever else it remembers for a while.
        here.order_only(order.body, "order-4710")
        here.meter.clear()
        invoked = Counter(here.functions.invoked)
        answer = here.ask("POST", "/v1/videos", body=order.body, headers={"idempotency-key": "order-4711"})
        assert answer["statusCode"] == 202, answer["body"]
        return _followed(here, order, invoked)


def _followed(here: Stage, order: Order, invoked: Counter[str]) -> Walked:
    (name,) = here.workflow.walks
    taken = here.workflow.walks[name]
    here.timeline.run(lambda: taken.execution.status != "RUNNING")
    assert taken.execution.status == "SUCCEEDED", taken.execution.status
    assert not here.records.violations, here.records.violations
    invocations = {step: count - invoked[step] for step, count in here.functions.invoked.items()}
    return Walked(
        order,
        taken.data["status"],
        dict(here.meter.calls),
        dict(here.meter.writes),
        dict(here.meter.reads),
        dict(taken.visits),
        invocations,
        sum(taken.visits.values()),
        taken.events,
        here.now() - here.upstream.ended,  # type: ignore[attr-defined]
        dict(here.aws.refused),
    )
