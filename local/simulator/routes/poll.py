"""`GET /v3/async/task-result`: report a task's state, or apply its faults."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from local.simulator.contract.errors import UpstreamError, error_response, invalid
from local.simulator.faults import responses
from local.simulator.faults.directives import Fault
from local.simulator.http.request import Headers, Request
from local.simulator.http.response import NO_RESPONSE, RESET, Response, json_response, raw_json
from local.simulator.routes import bodies
from local.simulator.routes.auth import check_key, check_rate_limit
from local.simulator.routes.downloads import signed_url
from local.simulator.state import SimulatorState
from local.simulator.tasks.task import State, Status, Task, state_at


@dataclass(frozen=True)
class Poll:
    """One poll of a task, at one point in time."""

    simulator: SimulatorState
    task: Task
    now: float
    state: State
    host: str

    def faults(self, is_modifier: bool) -> list[Fault]:
        """Return the faults that are relevant in this state."""
        asked = self.task.faults.at("poll") + self.simulator.script.outage.at("poll")
        return [fault for fault in asked if fault.kind.is_modifier is is_modifier and self._is_time(fault.kind.when)]

    def _is_time(self, when: str) -> bool:
        return {
            "any": True,
            "ended": self.state.status.ended,
            "succeeded": self.state.status is Status.SUCCEED,
            "reported": self.task.end_reported,
        }[when]

    def applies(self, fault: Fault) -> bool:
        before = self.task.plan.total if fault.kind.when == "ended" else 0.0
        return self.simulator.fault_counter.applies(fault, self.task.id, self.task.age(self.now) - before)


def handle_poll(simulator: SimulatorState, request: Request) -> Response:
    """Handle a poll."""
    try:
        _check(simulator, request.headers)
        task = simulator.find(_task_id(request.query))
    except UpstreamError as refusal:
        simulator.ledger.count("polls_unknown")
        return error_response(refusal)
    simulator.ledger.count_poll(task)
    now = simulator.clock()
    poll = Poll(simulator, task, now, state_at(task, now), request.headers.get("Host", ""))
    fault = next((fault for fault in poll.faults(is_modifier=False) if poll.applies(fault)), None)
    return _INTERRUPTIONS[fault.kind.name](poll, fault) if fault else truth(poll)


def _check(simulator: SimulatorState, headers: Headers) -> None:
    check_key(simulator, headers)
    check_rate_limit(simulator)
    if simulator.options.strict_headers and headers.get("Content-Type", "") != "application/json":
        raise invalid("Content-Type must be application/json")


def _task_id(query: str) -> str:
    given = parse_qs(query).get("task_id", [])
    if len(given) != 1:
        raise invalid("task_id must be given once")
    return given[0]


def truth(poll: Poll) -> Response:
    """Return the documented response, modified by the task's faults."""
    if poll.task.plan.error_500 and poll.state.status.ended:
        return error_response(UpstreamError(500, "TASK_FAILED"))
    modifiers = [fault for fault in poll.faults(is_modifier=True) if poll.applies(fault)]
    content = _content(poll)
    for fault in modifiers:
        content = bodies.modify(content, fault.kind.name, fault.argument)
    if poll.state.status.ended:
        poll.simulator.tasks.note_end_reported(poll.task)
    if any(fault.kind.name == "duplicate-keys" for fault in modifiers):
        return responses.doubled(content, "task", {"status": "TASK_STATUS_FAILED", "reason": "the false one"})
    return json_response(200, content)


def _content(poll: Poll) -> bodies.Content:
    simulator, task = poll.simulator, poll.task
    video = None
    if poll.state.status is Status.SUCCEED:
        ttl = int(task.faults.settings.get("ttl", simulator.options.url_ttl))
        video = bodies.video(signed_url(simulator, task, poll.host, ttl), ttl)
    body = task.faults.settings.get("body", simulator.options.body)
    return bodies.result(task, poll.state, video, body, simulator.options.progress)


_REASONS = {500: "GET_RESULT_FAILED"}

_INTERRUPTIONS: dict[str, Callable[[Poll, Fault], Response]] = {
    "STATUS": lambda poll, fault: responses.refused(fault, _REASONS),
    "STATUS-after-end": lambda poll, fault: responses.refused(fault, _REASONS),
    "429": lambda poll, fault: responses.throttled(fault, poll.now),
    "302": lambda poll, fault: responses.elsewhere(fault),
    "html": lambda poll, fault: responses.login_page(),
    "empty": lambda poll, fault: raw_json(""),
    "truncated": lambda poll, fault: responses.truncated(truth(poll)),
    "error-in-200": lambda poll, fault: responses.error_in_200(),
    "huge": lambda poll, fault: responses.huge(fault),
    "gzip-bomb": lambda poll, fault: responses.gzip_bomb(fault),
    "drop": lambda poll, fault: NO_RESPONSE,
    "reset": lambda poll, fault: RESET,
    "hang": lambda poll, fault: responses.hanging(truth(poll), fault),
    "drip": lambda poll, fault: responses.dripping(truth(poll), fault),
}
