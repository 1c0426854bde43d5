"""Lambda as the workflow, EventBridge and the gateway meet it: time-outs, and everything that goes wrong around a call."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from random import Random
from types import ModuleType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.simulation.deployment import timeout
from tests.simulation.sandboxes import ApiStrand, Context, Sandboxes
from tests.simulation.strands import Ending, Stage, Strand
from tests.simulation.surroundings import fill_up_quotas

Data = dict[str, Any]
Answered = Callable[[Data | None, str | None], None]  # the function's answer, or the name of its error


class Delivery(StrEnum):
    """What happens to an invocation as a whole."""

    THROTTLED = "throttled"
    NOT_STARTED = "not started"
    ANSWER_LOST = "answer lost"
    STARTED_LATE = "started late"
    TWICE = "delivered twice"
    KILLED = "killed on its way"
    SKEWED = "a wrong clock"


DELIVERIES: Mapping[Delivery, float] = {
    Delivery.THROTTLED: 20,
    Delivery.NOT_STARTED: 10,
    Delivery.ANSWER_LOST: 15,
    Delivery.STARTED_LATE: 10,
    Delivery.TWICE: 20,
    Delivery.KILLED: 10,
    Delivery.SKEWED: 15,
}
# A sandbox's clock may be wrong by a quarter of an hour; NTP keeps real ones within milliseconds.
LARGEST_SKEW = 900


class Functions:
    """`rate` is the share of invocations to which something of `weights` happens; `unforeseen` collects what nobody planned."""

    def __init__(
        self,
        stage: Stage,
        rng: Random,
        sandboxes: Sandboxes,
        rate: float,
        weights: Mapping[Delivery, float],
        is_out: Callable[[], bool],
    ) -> None:
        self._stage, self._rng, self._sandboxes, self._rate, self._is_out = stage, rng, sandboxes, rate, is_out
        self._kinds, self._weights = list(weights), list(weights.values())
        self.invoked: Counter[str] = Counter()
        self.happened: Counter[str] = Counter()
        self.unforeseen: list[str] = []

    def invoke(self, step: str, event: Data, answered: Answered) -> None:
        """Deliver one event to a function, or fail to."""
        delivery = self._draw()
        if delivery is Delivery.TWICE and step == "api" and "idempotency-key" not in event["headers"]:
            delivery = None  # a request without a key that comes twice is two requests
        if delivery:
            self.happened[f"lambda: {delivery}"] += 1
        match delivery:
            case Delivery.THROTTLED | Delivery.NOT_STARTED:
                error = "Lambda.TooManyRequestsException" if delivery is Delivery.THROTTLED else "Lambda.ServiceException"
                self._stage.timeline.after(0.1, lambda: answered(None, error))
            case Delivery.ANSWER_LOST:
                self.run(step, event, lambda answer, error: answered(None, "Lambda.SdkClientException"))
            case Delivery.STARTED_LATE:
                self._stage.timeline.after(self._rng.uniform(5, 200), lambda: self.run(step, event, answered))
            case Delivery.TWICE:
                # Whichever ends first is heard: who asked ignores the second answer.
                self.run(step, event, answered)
                self._stage.timeline.after(self._rng.uniform(0, 40), lambda: self.run(step, event, answered))
            case Delivery.KILLED:
                self.run(step, event, answered, limit=self._rng.uniform(0, 3) if self._rng.random() < 0.8 else self._rng.uniform(3, 120))
            case Delivery.SKEWED:
                self.run(step, event, answered, skew=self._rng.uniform(-LARGEST_SKEW, LARGEST_SKEW))
            case None:
                self.run(step, event, answered)

    def _draw(self) -> Delivery | None:
        if self._is_out():
            return Delivery.THROTTLED
        if self._rng.random() >= self._rate:
            return None
        return self._rng.choices(self._kinds, self._weights)[0]

    def run(self, step: str, event: Data, answered: Answered, *, limit: float = 1e9, skew: float = 0.0) -> None:
        """Run the door in a sandbox, for at most the function's time-out or `limit` seconds."""
        self.invoked[step] += 1
        fill_up_quotas()
        now = self._stage.timeline.now
        natural = now + timeout(step)
        module = self._sandboxes.take(step)
        strand = self._strand(step, module, event, natural)
        strand.deadline, strand.skew = min(natural, now + limit), skew

        def ended(ending: Ending) -> None:
            self._sandboxes.give_back(step, module, died=ending.died)
            self._report(step, ending, natural, answered)

        self._stage.begin(strand, ended)

    def _strand(self, step: str, module: ModuleType, event: Data, natural: float) -> Strand:
        # What travels is JSON, so nothing is shared by reference.
        text = json.dumps(event)
        context = Context(step, self.invoked[step], lambda: natural - self._stage.timeline.now)
        kind = ApiStrand if step == "api" else Strand
        return kind(step, lambda: json.loads(json.dumps(module.handler(json.loads(text), context))), natural)

    def _report(self, step: str, ending: Ending, natural: float, answered: Answered) -> None:
        if ending.died:
            return self._report_death(natural, answered)
        if ending.error is not None and not _is_planned(ending.error):
            self.unforeseen.append(f"{step}: {type(ending.error).__name__}: {ending.error}")
        return answered(ending.value, type(ending.error).__name__ if ending.error else None)

    def _report_death(self, natural: float, answered: Answered) -> None:
        """A dead process is noticed at once, or only when its time is over."""
        left = max(0.0, natural - self._stage.timeline.now)
        seconds, error = self._rng.choice(((min(left, 0.5), "Runtime.ExitError"), (left, "Sandbox.Timedout")))
        self._stage.timeline.after(seconds, lambda: answered(None, error))


def _is_planned(error: Exception) -> bool:
    """AWS may fail a step; so may our own errors, which have names."""
    return isinstance(error, ClientError | BotoCoreError) or type(error).__module__.startswith("cliprelay")
