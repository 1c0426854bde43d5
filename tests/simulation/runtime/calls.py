"""All external calls of the product: counted, delayed, disturbed by the plan, and traced."""

import hashlib
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import TypeVar

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from local.aws.errors import AwsError
from tests.simulation.faults.plan import Call, Fault, Plan
from tests.simulation.runtime.processes import Death, Stage
from tests.support.memory_aws.session import error_answer

T = TypeVar("T")
Answer = Callable[[str, str, AWSPreparedRequest], AWSResponse]

# Errors of each service when throttled or failing, with the codes of its API reference.
REFUSALS = {
    "dynamodb": (
        AwsError(400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", "throttled"),
        AwsError(400, "com.amazonaws.dynamodb.v20120810#ThrottlingException", "throttled"),
        AwsError(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "broken"),
    ),
    "s3": (AwsError(503, "SlowDown", "throttled"), AwsError(500, "InternalError", "broken")),
    "sfn": (AwsError(400, "ThrottlingException", "throttled"), AwsError(500, "InternalServerException", "broken")),
    "sns": (AwsError(429, "ThrottledException", "throttled"), AwsError(500, "InternalError", "broken")),
    "secrets-manager": (AwsError(400, "ThrottlingException", "throttled"), AwsError(500, "InternalServiceError", "broken")),
}
# A write that conflicts with another one on the same item is refused.
CONFLICTS = {
    "PutObject": AwsError(409, "ConditionalRequestConflict", "The conditional request cannot succeed due to a conflicting operation"),
    "UpdateItem": AwsError(400, "com.amazonaws.dynamodb.v20120810#TransactionConflictException", "conflict"),
    "TransactWriteItems": AwsError(
        400,
        "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Transaction cancelled [TransactionConflict, None]",
        CancellationReasons=[{"Code": "TransactionConflict"}, {"Code": "None"}],
    ),
}
# The product's own time-outs of AWS calls.
CONNECT_TIMEOUT, READ_TIMEOUT = 3, 10
# Seconds by which an abandoned request may still arrive.
LATEST_EFFECT = 40


class Trace:
    """A running hash of all events, and the lines themselves on request."""

    def __init__(self, show: Callable[[str], None] | None = None) -> None:
        self._hash, self._show = hashlib.sha256(), show

    def note(self, line: str) -> None:
        self._hash.update(line.encode() + b"\n")
        if self._show:
            self._show(line)

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


class Calls:
    """The seam; `is_down` says whether a service is in an outage now."""

    def __init__(self, stage: Stage, rng: Random, plan: Plan, trace: Trace, is_down: Callable[[str, str], bool]) -> None:
        self._stage, self._rng, self.plan, self._trace, self._is_down = stage, rng, plan, trace, is_down
        self.made: list[Call] = []
        self.total = 0
        # Returns how many seconds the service needed for the latest answer, once.
        self.needed: Callable[[], float] = lambda: 0.0
        self.keep = False
        self.late_by: float | None = None
        self.count: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    def begin(self, name: str) -> Fault | None:
        """Count a call and draw its fault; Death when the process ends before it."""
        strand = self._stage.current
        assert strand, f"{name} outside of a step"
        if strand.dead:
            raise Death
        call = Call(strand.step, strand.number, strand.calls, name)
        strand.calls += 1
        self.total += 1
        self.count[name] += 1
        if self.keep:
            self.made.append(call)
        fault = self.plan.choose(call)
        self._trace.note(f"{self._stage.timeline.now:.3f} {call.step}#{call.number}.{call.index} {name} {fault or ''}")
        if fault:
            self.faults[f"{name.split('.')[0]}: {fault}"] += 1
        if fault is Fault.DIE_BEFORE:
            self.die()
        if strand.freeze[0] == 2 * call.index:
            self._stage.pause(strand.freeze[1])
        return fault

    def freeze_after(self) -> None:
        """Possibly end the process after an effect."""
        strand = self._stage.current
        if strand and strand.freeze[0] == 2 * strand.calls - 1:
            seconds, strand.freeze = strand.freeze[1], (-1, 0.0)
            self._stage.pause(seconds)

    def die(self) -> None:
        """End the current process."""
        assert self._stage.current
        self._stage.current.dead = True
        raise Death

    def latency(self) -> float:
        """Return the seconds of a call without faults: mostly milliseconds, sometimes much longer."""
        luck = self._rng.random()
        least, most = (0.003, 0.03) if luck < 0.93 else (0.03, 0.5) if luck < 0.995 else (0.5, 3)
        return self._rng.uniform(least, most)

    def aws(self, service: str, operation: str, request: AWSPreparedRequest, answer: Answer) -> AWSResponse:
        """One request to AWS, as the wire and the service treat it."""
        fault = self.begin(f"{service}.{operation}")
        if fault is None and self._is_down(service, operation):
            fault = Fault.REFUSED
        self._stage.pause(self._rng.uniform(3, 8) if fault is Fault.SLOW else self.latency())
        if fault is Fault.UNSENT:
            self._stage.pause(self._rng.choice((0, CONNECT_TIMEOUT)))
            raise self._rng.choice((EndpointConnectionError, ConnectTimeoutError))(endpoint_url=service, error="unsent")
        if fault is Fault.REFUSED:
            return error_answer(service, self._refusal(service, operation))
        if fault is Fault.LATE and service != "s3":  # a file would be closed by then
            self._later(lambda: (answer(service, operation, request), self.needed()))
            self._stage.pause(READ_TIMEOUT)
            raise ReadTimeoutError(endpoint_url=service)
        return self._answered(service, answer(service, operation, request), fault)

    def _answered(self, service: str, response: AWSResponse, fault: Fault | None) -> AWSResponse:
        """Return the answer after an effect, or its loss."""
        seconds = self.needed()
        if seconds and fault not in (Fault.LOST, Fault.DIE_AFTER):  # those are gone while the service is still at work
            self._stage.pause(seconds)
        self.freeze_after()
        if fault is Fault.DIE_AFTER:
            self.die()
        if fault is Fault.LOST:
            seconds, lost = self._rng.choice(((0.0, ConnectionClosedError), (READ_TIMEOUT, ReadTimeoutError)))
            self._stage.pause(seconds)
            raise lost(endpoint_url=service)
        if fault is Fault.BROKEN:
            return error_answer(service, REFUSALS[service][-1])
        if self._rng.random() < 0.1:  # mostly the way there is delay enough for others to come in between
            self._stage.pause(self.latency())
        return response

    def _refusal(self, service: str, operation: str) -> AwsError:
        if operation in CONFLICTS and self._rng.random() < 0.2:
            return CONFLICTS[operation]
        return self._rng.choice(REFUSALS[service])

    def _later(self, effect: Callable[[], object]) -> None:
        self._stage.timeline.after(self.late_by or self._rng.uniform(0.1, LATEST_EFFECT), lambda: effect() and None)
