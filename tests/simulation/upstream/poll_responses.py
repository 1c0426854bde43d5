"""What an upstream may answer to a question about a task, from the documented body to its odd relatives."""

from collections.abc import Callable
from random import Random

from tests.simulation.upstream.ledger import Fate, PaidTask
from tests.support.http_wire import Reply, cut, html, json_reply, reply

ENDS = {
    Fate.SUCCEEDS: ("TASK_STATUS_SUCCEED", ""),
    Fate.NO_LINK: ("TASK_STATUS_SUCCEED", ""),
    Fate.DEAD_LINKS: ("TASK_STATUS_SUCCEED", ""),
    Fate.FAILS: ("TASK_STATUS_FAILED", "internal generation error 500"),
    Fate.MODERATED: ("TASK_STATUS_FAILED", "OutputVideoSensitiveContentDetected"),
    Fate.EXPIRES: ("TASK_STATUS_FAILED", "task expired"),
    Fate.CANCELED: ("TASK_STATUS_CANCELED", ""),
}
_WAITING = ("TASK_STATUS_QUEUED", "TASK_STATUS_PROCESSING", "processing", "TASK_STATUS_RUNNING")
_ODD = ("TASK_STATUS_UNKNOWN", "", "TASK_STATUS_REVIEWING", "0")


def _body(task: PaidTask, word: str, reason: str = "", **more: object) -> dict[str, object]:
    return {
        "extra": {"seed": "7", "debug_info": {"request_info": "", "submit_time_ms": ""}},
        "task": {"task_id": task.id, "status": word, "reason": reason, "task_type": "IMG_TO_VIDEO", **more},
        "images": [],
        "videos": [],
        "audios": [],
    }


def waiting(task: PaidTask, rng: Random) -> Reply:
    """Not done yet, in one of the forms that mean so."""
    luck = rng.random()
    if luck < 0.08:
        return json_reply(200, _body(task, rng.choice(_ODD)))
    if luck < 0.12:
        return json_reply(200, {"task": {"status": rng.choice(_WAITING)}})
    if luck < 0.14:
        return json_reply(200, {"status": rng.choice(_WAITING)})
    eta = rng.choice((None, 0, 1, 30, 1e9, "12", -4))
    return json_reply(200, _body(task, rng.choice(_WAITING), eta=eta, progress_percent=rng.choice((None, 0, 50, 100, 1e6, "33"))))


def ended(task: PaidTask) -> Reply:
    """An end without a video."""
    word, reason = ENDS[task.fate]
    return json_reply(200, _body(task, word, reason))


def done(task: PaidTask, url: str | None) -> Reply:
    """Done, with a link or without."""
    videos: list[dict[str, str]] = [{"video_url": url, "video_url_ttl": "3600", "video_type": "mp4"}] if url else []
    return json_reply(200, {**_body(task, "TASK_STATUS_SUCCEED"), "videos": videos})


def unknown() -> Reply:
    """The upstream does not know the task."""
    return json_reply(404, {"code": 404, "reason": "TASK_NOT_FOUND", "message": "task not found"})


def _slow_drip() -> Reply:
    whole = json_reply(200, {"task": {"status": "TASK_STATUS_QUEUED"}}).pieces[0][1]
    return Reply([(0, whole[:40]), *((9.0, whole[at : at + 8]) for at in range(40, len(whole), 8))])


# Answers that say nothing about the task.
USELESS: dict[str, Callable[[], Reply]] = {
    "500": lambda: json_reply(500, {"code": 500, "reason": "INTERNAL", "message": "oops"}),
    "502 page": lambda: html(502),
    "503": lambda: reply(503, Retry_After="1000000000"),
    "429": lambda: reply(429, Retry_After="7"),
    "401": lambda: reply(401),
    "403": lambda: json_reply(403, {"reason": "ACCESS_DENY"}),
    "404 of a gateway": lambda: json_reply(404, {"detail": "Not Found"}),
    "302": lambda: reply(302, Location="https://www.example.net/"),
    "page": lambda: html(200),
    "{}": lambda: json_reply(200, {}),
    "null": lambda: reply(200, b"null"),
    "list": lambda: json_reply(200, []),
    "deep": lambda: reply(200, b"[" * 50_000),
    "number": lambda: reply(200, b'{"task": 7}'),
    "empty": lambda: reply(200),
    "cut": lambda: cut(200, b'{"task": {"status": "TASK_STATUS_FAILED"}}', 9),
    "huge": lambda: reply(200, b"x" * 1_100_000),
    "drip": _slow_drip,
    "closed": lambda: Reply(),
    "reset": lambda: Reply(end="reset"),
    "hangs": lambda: Reply(end="hang"),
}
