"""An upstream that accepts every order, needs a given time for it, and reports its progress."""

from dataclasses import dataclass
from typing import Any

from tests.simulation.upstream import poll_responses
from tests.simulation.upstream.ledger import Fate, PaidTask
from tests.simulation.upstream.model import ModelUpstream
from tests.support.http_wire import Reply, Request, json_reply


@dataclass
class SteadyUpstream(ModelUpstream):
    """Needs `seconds` for every video; `ended` is when the latest one was ready."""

    seconds: float = 60.0
    ended: float = 0.0

    def handle(self, request: Request) -> Reply:
        """Answer at once: how long an answer takes is not counted."""
        reply = super().handle(request)
        return Reply([(0, data) for _, data in reply.pieces], reply.end)

    def _accept(self, request: Request, task_id: str, how: str) -> PaidTask:
        task = super()._accept(request, task_id, how)
        task.fate, task.visible_at, task.ready_at = Fate.SUCCEEDS, self.now(), self.now() + self.seconds
        self.ended = task.ready_at
        return task

    def _told(self, task: PaidTask) -> Reply:
        if self.now() >= task.ready_at:
            return poll_responses.done(task, self.new_link(task))
        percent = int(100 * (1 - (task.ready_at - self.now()) / self.seconds))
        return json_reply(200, _running(task, progress_percent=percent))


def _running(task: PaidTask, **more: object) -> dict[str, Any]:
    lists: dict[str, Any] = {"images": [], "videos": [], "audios": []}
    return {"task": {"task_id": task.id, "status": "TASK_STATUS_PROCESSING", "reason": "", "task_type": "IMG_TO_VIDEO", **more}, **lists}
