"""Lambda as the workflow, EventBridge and the gateway meet it: time-outs, and everything that goes wrong around a call."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from random import Random
from types import ModuleType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.simulation.runtime.concurrency import Concurrency, Unlimited
from tests.simulation.runtime.deployment import timeout
from tests.simulation.runtime.environment import fill_up_quotas
from tests.simulation.runtime.processes import Ending, Stage, Strand
from tests.simulation.runtime.sandboxes import ApiStrand, Context, Sandboxes

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
    FROZEN = "frozen, and thawed too late"


DELIVERIES: Mapping[Delivery, float] = {
    Delivery.THROTTLED: 20,
    Delivery.NOT_STARTED: 10,
    Delivery.ANSWER_LOST: 15,
    Delivery.STARTED_LATE: 10,
    Delivery.TWICE: 20,
    Delivery.KILLED: 10,
    Delivery.SKEWED: 15,
    Delivery.FROZEN: 10,
}
_REFUSED = {Delivery.THROTTLED: "Lambda.TooManyRequestsException", Delivery.NOT_STARTED: "Lambda.ServiceException"}
# What is counted when the account has no sandbox left.
NO_SANDBOX = "all sandboxes in use"
# A sandbox's clock may be wrong by a quarter of an hour; NTP keeps real ones within milliseconds.
LARGEST_SKEW = 900
# A process may stop at any call, for so many seconds at most, and go on when everybody has given it up.
LONGEST_FREEZE = 1_500


class Functions:
    """`rate` is the share of invocations to which something of `weights` happens."""

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
        # What functions raised, by function and error.
        self.raised: Counter[str] = Counter()
        self.concurrency: Concurrency = Unlimited()
        # Told of every exception that nobody planned.
        self.unforeseen: Callable[[str], None] = lambda problem: None

    def invoke(self, step: str, event: Data, answered: Answered) -> None:
        """Deliver one event to a function, or fail to."""
        delivery = self._draw(step)
        if delivery is Delivery.TWICE and step == "api" and "idempotency-key" not in event["headers"]:
            delivery = None  # a request without a key that comes twice is two requests
        if delivery:
            self.happened[f"lambda: {delivery}"] += 1
        later = self._stage.timeline.after
        match delivery:
            case Delivery.THROTTLED | Delivery.NOT_STARTED:
                later(0.1, lambda: answered(None, _REFUSED[delivery]))
            case Delivery.ANSWER_LOST:
                self.run(step, event, lambda answer, error: answered(None, "Lambda.SdkClientException"))
            case Delivery.STARTED_LATE:
                later(self._rng.uniform(5, 200), lambda: self.run(step, event, answered))
            case _:
                self.run(step, event, answered, **self._options(delivery))
        if delivery is Delivery.TWICE:
            # Whichever ends first is heard: who asked ignores the second answer.
            later(self._rng.uniform(0, 40), lambda: self.run(step, event, answered))

    def _options(self, delivery: Delivery | None) -> dict[str, Any]:
        """How a run differs from an undisturbed one."""
        match delivery:
            case Delivery.KILLED:
                return {"limit": self._rng.uniform(0, 3) if self._rng.random() < 0.8 else self._rng.uniform(3, 120)}
            case Delivery.SKEWED:
                # From the beginning, or it jumps at some call.
                return {"skew": (self._rng.choice((0, self._rng.randrange(6))), self._rng.uniform(-LARGEST_SKEW, LARGEST_SKEW))}
            case Delivery.FROZEN:
                return {"freeze": (self._rng.randrange(20), self._rng.uniform(30, LONGEST_FREEZE))}
        return {}

    def _draw(self, step: str) -> Delivery | None:
        if self._is_out():
            return Delivery.THROTTLED
        # A video has one Submit and ten polls, and the money is with Submit.
        if self._rng.random() >= self._rate * (3 if step == "submit" else 1):
            return None
        return self._rng.choices(self._kinds, self._weights)[0]

    def run(
        self,
        step: str,
        event: Data,
        answered: Answered,
        *,
        limit: float = 1e9,
        skew: tuple[int, float] = (0, 0.0),
        freeze: tuple[int, float] = (-1, 0.0),
    ) -> None:
        """Run the door in a sandbox, for at most the function's time-out or `limit` seconds.

        `skew` and `freeze` say at which call the clock goes wrong or the process stops, and by how many seconds.
        """
        init = self.concurrency.seconds_to_begin(step)
        if init is None:
            return self._throttle(answered)
        self.invoked[step] += 1
        fill_up_quotas()
        begins = self._stage.timeline.now + init
        natural = begins + timeout(step)
        module = self._sandboxes.take(step)
        strand = self._strand(step, module, event, natural)
        self.concurrency.take(strand)
        strand.deadline, strand.skew, strand.freeze = min(natural, begins + limit) + freeze[1], skew, freeze
        if freeze[1]:
            self._stage.timeline.at(natural, lambda: self._give_up(strand, answered))

        def ended(ending: Ending) -> None:
            self.concurrency.give_back(strand, died=ending.died)
            self._sandboxes.give_back(step, module, died=ending.died)
            self._report(f"{step}#{strand.number} {event.get('video_id', '')}", ending, natural, answered)

        if init:
            return self._stage.timeline.at(begins, lambda: self._stage.begin(strand, ended))
        return self._stage.begin(strand, ended)

    def _give_up(self, strand: Strand, answered: Answered) -> None:
        """End an invocation whose time is over; a frozen process may yet go on, but not in a sandbox that counts."""
        self.concurrency.give_back(strand)
        answered(None, "Sandbox.Timedout")

    def _throttle(self, answered: Answered) -> None:
        self.happened[f"lambda: {NO_SANDBOX}"] += 1
        self._stage.timeline.after(0.1, lambda: answered(None, _REFUSED[Delivery.THROTTLED]))

    def _strand(self, step: str, module: ModuleType, event: Data, natural: float) -> Strand:
        # What travels is JSON, so nothing is shared by reference.
        text = json.dumps(event)
        context = Context(step, self.invoked[step], lambda: natural - self._stage.timeline.now)
        kind = ApiStrand if step == "api" else Strand
        return kind(step, lambda: json.loads(json.dumps(module.handler(json.loads(text), context))), natural)

    def _report(self, who: str, ending: Ending, natural: float, answered: Answered) -> None:
        if ending.died:
            return self._report_death(natural, answered)
        if ending.error is not None:
            self.raised[f"{who.partition('#')[0]}: {_name_of(ending.error)}"] += 1
        if ending.error is not None and not _is_planned(ending.error):
            self.unforeseen(f"{who}: {type(ending.error).__name__}: {ending.error}")
        return answered(ending.value, type(ending.error).__name__ if ending.error else None)

    def _report_death(self, natural: float, answered: Answered) -> None:
        """A dead process is noticed at once, or only when its time is over."""
        left = max(0.0, natural - self._stage.timeline.now)
        seconds, error = self._rng.choice(((min(left, 0.5), "Runtime.ExitError"), (left, "Sandbox.Timedout")))
        self._stage.timeline.after(seconds, lambda: answered(None, error))


def _name_of(error: Exception) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def _is_planned(error: Exception) -> bool:
    """AWS may fail a step; so may our own errors, which have names."""
    return isinstance(error, ClientError | BotoCoreError) or type(error).__module__.startswith("cliprelay")
