"""`GET /v3/async/task-result`: what a task is doing, or whatever its faults say instead."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from local.simulator.contract.errors import Refusal, invalid, refusal_reply
from local.simulator.faults import responses
from local.simulator.faults.directives import Fault
from local.simulator.http.request import Call, Headers
from local.simulator.http.response import NO_ANSWER, RESET, Reply, json_reply, raw_json
from local.simulator.routes import bodies
from local.simulator.routes.auth import check_key, check_pace
from local.simulator.routes.downloads import signed_url
from local.simulator.state import Platform
from local.simulator.tasks.task import State, Status, Task, state_at


@dataclass(frozen=True)
class Poll:
    """One question about one task, at one moment."""

    platform: Platform
    task: Task
    now: float
    state: State
    host: str

    def faults(self, dressing: bool) -> list[Fault]:
        """Those whose moment this is."""
        asked = self.task.faults.at("poll") + self.platform.script.outage.at("poll")
        return [fault for fault in asked if fault.kind.dressing is dressing and self._is_time(fault.kind.when)]

    def _is_time(self, when: str) -> bool:
        return {
            "any": True,
            "ended": self.state.status.ended,
            "succeeded": self.state.status is Status.SUCCEED,
            "told": self.task.told_end,
        }[when]

    def strikes(self, fault: Fault) -> bool:
        before = self.task.plan.total if fault.kind.when == "ended" else 0.0
        return self.platform.tally.strikes(fault, self.task.id, self.task.age(self.now) - before)


def answer_poll(platform: Platform, call: Call) -> Reply:
    """The door."""
    try:
        _check(platform, call.headers)
        task = platform.find(_task_id(call.query))
    except Refusal as refusal:
        platform.ledger.count("polls_unknown")
        return refusal_reply(refusal)
    platform.ledger.count_poll(task)
    now = platform.clock()
    poll = Poll(platform, task, now, state_at(task, now), call.headers.get("Host", ""))
    fault = next((fault for fault in poll.faults(dressing=False) if poll.strikes(fault)), None)
    return _INTERRUPTIONS[fault.kind.name](poll, fault) if fault else truth(poll)


def _check(platform: Platform, headers: Headers) -> None:
    check_key(platform, headers)
    check_pace(platform)
    if platform.options.strict_headers and headers.get("Content-Type", "") != "application/json":
        raise invalid("Content-Type must be application/json")


def _task_id(query: str) -> str:
    given = parse_qs(query).get("task_id", [])
    if len(given) != 1:
        raise invalid("task_id must be given once")
    return given[0]


def truth(poll: Poll) -> Reply:
    """The documented answer, in the dress that the task's faults ask for."""
    if poll.task.plan.error_500 and poll.state.status.ended:
        return refusal_reply(Refusal(500, "TASK_FAILED"))
    dressings = [fault for fault in poll.faults(dressing=True) if poll.strikes(fault)]
    content = _content(poll)
    for fault in dressings:
        content = bodies.dress(content, fault.kind.name, fault.argument)
    poll.task.told_end = poll.task.told_end or poll.state.status.ended
    if any(fault.kind.name == "duplicate-keys" for fault in dressings):
        return responses.doubled(content, "task", {"status": "TASK_STATUS_FAILED", "reason": "the false one"})
    return json_reply(200, content)


def _content(poll: Poll) -> bodies.Content:
    platform, task = poll.platform, poll.task
    video = None
    if poll.state.status is Status.SUCCEED:
        ttl = int(task.faults.settings.get("ttl", platform.options.url_ttl))
        video = bodies.video(signed_url(platform, task, poll.host, ttl), ttl)
    body = task.faults.settings.get("body", platform.options.body)
    return bodies.result(task, poll.state, video, body, platform.options.progress)


_REASONS = {500: "GET_RESULT_FAILED"}

_INTERRUPTIONS: dict[str, Callable[[Poll, Fault], Reply]] = {
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
    "drop": lambda poll, fault: NO_ANSWER,
    "reset": lambda poll, fault: RESET,
    "hang": lambda poll, fault: responses.hanging(truth(poll), fault),
    "drip": lambda poll, fault: responses.dripping(truth(poll), fault),
}
