"""Faults that last: each is arranged in a calm world, so that whatever rings does so because of it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local.aws.errors import AwsError
from tests.simulation.runtime import deployment
from tests.simulation.upstream.ledger import Fate
from tests.simulation.world import World
from tests.support.http_wire import Reply, Request, html, json_reply, reply
from tests.support.image_files import png
from tests.support.memory_aws.session import error_answer

IsOn = Callable[[], bool]
_PICTURE = "data:image/png;base64," + base64.b64encode(png(512, 512)).decode()
_DYNAMODB = "com.amazonaws.dynamodb.v20120810#"

DENIED = {
    "dynamodb": AwsError(400, "com.amazon.coral.service#AccessDeniedException", "not authorized to perform"),
    "s3": AwsError(403, "AccessDenied", "Access Denied"),
    "sfn": AwsError(400, "AccessDeniedException", "not authorized to perform"),
    "sns": AwsError(403, "AuthorizationError", "not authorized to perform"),
    "secrets-manager": AwsError(400, "AccessDeniedException", "not authorized to perform"),
}
THROTTLED = {
    "dynamodb": AwsError(400, f"{_DYNAMODB}ThrottlingException", "throttled"),
    "s3": AwsError(503, "SlowDown", "throttled"),
    "sfn": AwsError(400, "ThrottlingException", "throttled"),
    "sns": AwsError(429, "ThrottledException", "throttled"),
    "secrets-manager": AwsError(400, "ThrottlingException", "throttled"),
}
# Which services each function calls.
CALLED = {
    "api": ("dynamodb", "s3", "sfn"),
    "submit": ("dynamodb", "s3", "secrets-manager"),
    "poll": ("dynamodb", "secrets-manager"),
    "archive": ("dynamodb", "s3"),
    "thumbnail": ("dynamodb", "s3"),
    "notify": ("dynamodb", "sns"),
    "sweep": ("dynamodb", "sfn"),
}


@dataclass(frozen=True)
class LongFault:
    """`arrange` puts the fault into a world, in force while `is_on`; `order` are fields of the orders that meet it."""

    name: str
    arrange: Callable[[World, IsOn], None]
    order: tuple[tuple[str, Any], ...] = ()
    fate: Fate = Fate.SUCCEEDS


def _refuse(service: str, step: str, error: AwsError, operations: tuple[str, ...] = ()) -> Callable[[World, IsOn], None]:
    """One AWS service refuses one function."""

    def arrange(world: World, is_on: IsOn) -> None:
        real = world.aws.answer

        def answer(asked: str, operation: str, request: AWSPreparedRequest) -> AWSResponse:
            strand = world.stage.current
            is_met = strand is not None and strand.step == step and asked == service
            if is_met and is_on() and (not operations or operation in operations):
                return error_answer(service, error)
            return real(asked, operation, request)

        world.aws.answer = answer  # type: ignore[method-assign,assignment]

    return arrange


def _fail(step: str, error: str, seconds: float) -> Callable[[World, IsOn], None]:
    """One function does not run, or never to its end."""

    def arrange(world: World, is_on: IsOn) -> None:
        real = world.functions.run

        def run(asked: str, event: dict[str, Any], answered: Any, **options: Any) -> None:
            if asked == step and is_on():
                world.timeline.after(seconds, lambda: answered(None, error))
            else:
                real(asked, event, answered, **options)

        world.functions.run = run  # type: ignore[method-assign,assignment]

    return arrange


def _answers(method: str, answer: Callable[[], Reply]) -> Callable[[World, IsOn], None]:
    """The upstream gives one answer to everything of one method, or to both if it is empty."""

    def arrange(world: World, is_on: IsOn) -> None:
        real = world.upstream.handle

        def handle(request: Request) -> Reply:
            return answer() if is_on() and method in ("", request.method) else real(request)

        world.upstream.handle = handle  # type: ignore[method-assign]

    return arrange


def _unreachable(world: World, is_on: IsOn) -> None:
    real = world.upstream.reach

    def reach() -> None:
        if is_on():
            raise ConnectionRefusedError(111, "refused")
        real()

    world.upstream.reach = reach  # type: ignore[method-assign]


def _links_answer(answer: Callable[[], Reply]) -> Callable[[World, IsOn], None]:
    def arrange(world: World, is_on: IsOn) -> None:
        real = world.media.handle
        world.media.handle = lambda host, request: answer() if is_on() else real(host, request)  # type: ignore[method-assign]

    return arrange


def _no_ticks(world: World, is_on: IsOn) -> None:
    """The rule is disabled: no sweep is invoked, nor left out."""
    tick = world.sweeping._tick
    world.sweeping._tick = lambda: world.timeline.after(60, world.sweeping._tick) if is_on() else tick()  # type: ignore[method-assign]


def _lease_taken(world: World, is_on: IsOn) -> None:
    """Every sweep finds the lease taken by one that does not exist, whatever took it."""
    real = world.aws.answer

    def answer(service: str, operation: str, request: AWSPreparedRequest) -> AWSResponse:
        strand = world.stage.current
        if strand is not None and strand.step == "sweep" and operation == "UpdateItem" and "held_until" in _text(request) and is_on():
            return error_answer(service, AwsError(400, f"{_DYNAMODB}ConditionalCheckFailedException", "taken"))
        return real(service, operation, request)

    world.aws.answer = answer  # type: ignore[method-assign]
    has_work = world.sweeping._has_work
    world.sweeping._has_work = lambda: is_on() or has_work()  # type: ignore[method-assign]  # no sweep is left out


def _text(request: AWSPreparedRequest) -> str:
    return request.body.decode() if isinstance(request.body, bytes) else str(request.body)


def _no_keeper(world: World, is_on: IsOn) -> None:
    """Executions end red as soon as they begin."""
    begin = world.workflow.begin

    def begun(execution: Any) -> None:
        begin(execution)
        if is_on():
            world.timeline.after(1, lambda: world.workflow._close(world.workflow.walks[execution.name], "FAILED"))

    world.workflow.begin = begun  # type: ignore[method-assign]


_OWN_PICTURE = (("image", _PICTURE),)


def _of_aws() -> list[LongFault]:
    faults = []
    for step, services in CALLED.items():
        for service in services:
            for how, errors in (("denied", DENIED), ("throttled", THROTTLED)):
                order = _OWN_PICTURE if service == "s3" and step in ("api", "submit") else ()
                faults.append(LongFault(f"{step}: {service} {how}", _refuse(service, step, errors[service]), order, _fate(step)))
    for how, errors in (("denied", DENIED), ("throttled", THROTTLED)):
        for operation in ("DescribeExecution", "StartExecution"):
            # With the start of each first execution refused, the sweep has something to ask about.
            both = _both(_refuse("sfn", "sweep", errors["sfn"], (operation,)), _refuse("sfn", "api", THROTTLED["sfn"]))
            faults.append(LongFault(f"api and sweep: sfn {operation} {how}", both))
    for step, operation in (
        ("submit", "UpdateItem"),
        ("submit", "TransactWriteItems"),
        ("archive", "TransactWriteItems"),
        ("thumbnail", "UpdateItem"),
        ("notify", "UpdateItem"),
    ):
        refused = _refuse("dynamodb", step, THROTTLED["dynamodb"], (operation,))
        faults.append(LongFault(f"{step}: dynamodb {operation} throttled", refused))
    return faults


def _fate(step: str) -> Fate:
    """For a fault of Poll the upstream works on: else it would be over before the cached key is."""
    return Fate.NEVER if step == "poll" else Fate.SUCCEEDS


def _both(*arrangements: Callable[[World, IsOn], None]) -> Callable[[World, IsOn], None]:
    def arrange(world: World, is_on: IsOn) -> None:
        for each in arrangements:
            each(world, is_on)

    return arrange


def _of_lambda() -> list[LongFault]:
    faults = []
    for step in CALLED:
        faults.append(LongFault(f"{step}: does not import", _fail(step, "Runtime.ImportModuleError", 2)))
        faults.append(LongFault(f"{step}: Lambda throttled", _fail(step, "Lambda.TooManyRequestsException", 0.1)))
        faults.append(LongFault(f"{step}: killed by its time-out", _fail(step, "Sandbox.Timedout", deployment.timeout(step))))
    faults.append(
        LongFault("all functions: Lambda throttled", _both(*(_fail(step, "Lambda.TooManyRequestsException", 0.1) for step in CALLED)))
    )
    return faults


def _of_the_upstream() -> list[LongFault]:
    busy = {"code": 429, "reason": "RATE_LIMIT_EXCEEDED", "message": "too many requests"}
    no_key = {"code": 401, "reason": "INVALID_API_KEY", "message": "the api key is invalid"}
    poor = {"code": 402, "reason": "NOT_ENOUGH_BALANCE", "message": "not enough balance"}
    return [
        LongFault("upstream: no connection", _unreachable),
        LongFault("upstream: pays and polls get 502", _answers("", lambda: html(502))),
        LongFault("upstream: pays get 429", _answers("POST", lambda: json_reply(429, busy))),
        LongFault("upstream: pays get 402", _answers("POST", lambda: json_reply(402, poor))),
        LongFault("upstream: pays get 401", _answers("POST", lambda: json_reply(401, no_key))),
        LongFault("upstream: pays get no answer", _answers("POST", lambda: Reply(end="hang"))),
        LongFault("upstream: polls get 502", _answers("GET", lambda: html(502))),
        LongFault("upstream: polls get 401", _answers("GET", lambda: json_reply(401, no_key))),
        LongFault("upstream: polls get no answer", _answers("GET", lambda: Reply(end="hang"))),
        LongFault("upstream: links answer 403", _links_answer(lambda: reply(403))),
        LongFault("upstream: links give no answer", _links_answer(lambda: Reply(end="hang"))),
    ]


FAULTS = [
    *_of_aws(),
    *_of_lambda(),
    *_of_the_upstream(),
    LongFault("executions end red", _no_keeper),
    LongFault("schedule: no ticks", _no_ticks),
    LongFault("schedule: the lease is always taken", _lease_taken),
]

# Faults that may be quiet, and why.
QUIET = {
    "api: sfn denied": "the sweep starts each execution ten minutes late; with more than one order an alarm rings",
    "api: sfn throttled": "the sweep starts each execution ten minutes late; with more than one order an alarm rings",
    "sweep: sfn denied": "the sweep has no execution to ask about",
    "sweep: sfn throttled": "the sweep has no execution to ask about",
    "submit: dynamodb UpdateItem throttled": "the evidence is stored by a transaction, and Poll makes the move half a minute later",
    # Best effort: nothing waits for it.
    **{
        fault.name: "each video goes on without its poster, which is one error; with more than three in fifteen minutes an alarm rings"
        for fault in FAULTS
        if fault.name.startswith("thumbnail: ")
    },
}


def named(name: str) -> LongFault:
    """Return one fault."""
    return next(fault for fault in FAULTS if fault.name == name)
