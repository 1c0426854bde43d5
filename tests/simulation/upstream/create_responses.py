"""What an upstream may answer to the paid call, sorted by what it means: refused, or anything that leaves the question open."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

from tests.support.http_wire import Reply, cut, html, json_reply, reply

Answer = Callable[[Random, float, str], Reply]  # luck, epoch seconds now, the id that a task has or would have


def _envelope(code: int, reason: str, message: str) -> dict[str, object]:
    return {"code": code, "reason": reason, "message": message, "metadata": {"trace_id": "0af7651916cd43dd8448eb211c80319c"}}


def _refused(status: int, reason: str, message: str) -> Answer:
    return lambda rng, now, task_id: json_reply(status, _envelope(status, reason, message))


def _throttled(rng: Random, now: float, task_id: str) -> Reply:
    """429 with Retry-After in each of its forms, or without."""
    date = format_datetime(datetime.fromtimestamp(now, UTC) + timedelta(seconds=rng.randrange(1, 90)), usegmt=True)
    value = rng.choice(("", "0", str(rng.randrange(1, 120)), "1000000000", date, "soon", "-5"))
    headers = {"Retry_After": value} if value else {}
    return json_reply(429, _envelope(429, "RATE_LIMIT_EXCEEDED", "too many requests"), **headers)


# Nothing was bought, and the video will never be taken.
ABOUT_THE_VIDEO: dict[str, Answer] = {
    "400 validation": _refused(400, "INVALID_REQUEST_BODY", "image: ratio must be within (0.4, 2.5)"),
    "400 moderated": _refused(400, "InputImageSensitiveContentDetected", "the image may contain sensitive content"),
    "404 route": _refused(404, "API_NOT_FOUND", "api not found"),
    "404 bare": lambda rng, now, task_id: reply(404),
    "413 image": _refused(413, "REQUEST_TOO_LARGE", "image over 30 MB"),
    "422 field": _refused(422, "INVALID_PARAMETER", "duration must be in [4, 12]"),
}
# Nothing was bought, and the same request may be taken later.
FOR_NOW: dict[str, Answer] = {
    "429": _throttled,
    "503 throttled": _refused(503, "SERVER_OVERLOADED", "overloaded, try again later"),
    "400 throttled": _refused(400, "INFLIGHT_LIMIT_EXCEEDED", "too many tasks in flight"),
    "302": lambda rng, now, task_id: reply(302, Location="https://www.example.net/login"),
}
# Nothing was bought, because of who asks.
NO_BALANCE: dict[str, Answer] = {
    "402 balance": _refused(402, "NOT_ENOUGH_BALANCE", "not enough balance"),
    "403 balance": _refused(403, "NOT_ENOUGH_BALANCE", "not enough balance"),
    "400 balance": _refused(400, "BILLING_BALANCE_NOT_ENOUGH", "not enough balance"),
}
NO_KEY: dict[str, Answer] = {
    "401 key": _refused(401, "INVALID_API_KEY", "the api key is invalid"),
    "403 key": _refused(403, "ACCESS_DENY", "access denied"),
    "401 bare": lambda rng, now, task_id: reply(401),
}


def _bomb(rng: Random, now: float, task_id: str) -> Reply:
    return reply(200, gzip.compress(bytes(1_200_000)), Content_Encoding="gzip", Content_Type="application/json")


def _drip(rng: Random, now: float, task_id: str) -> Reply:
    whole = json_reply(200, {"id": task_id}).pieces[0][1]
    start = whole.index(b"\r\n\r\n") + 4
    return Reply([(0, whole[:start]), *((25.0, whole[at : at + 1]) for at in range(start, len(whole)))])


# Nobody can know whether a task was bought; in truth it was, or was not.
OPEN: dict[str, Answer] = {
    "500 create": _refused(500, "CREATE_TASK_FAILED", "create task failed"),
    "500 billing": _refused(500, "BILLING_FAILED", "billing failed"),
    "502 page": lambda rng, now, task_id: html(502),
    "503 bare": lambda rng, now, task_id: reply(503),
    "504 page": lambda rng, now, task_id: html(504),
    "408": lambda rng, now, task_id: reply(408),
    "400 bare": lambda rng, now, task_id: html(400),
    "200 page": lambda rng, now, task_id: html(200),
    "200 empty": lambda rng, now, task_id: reply(200),
    "200 {}": lambda rng, now, task_id: json_reply(200, {}),
    "200 id null": lambda rng, now, task_id: json_reply(200, {"id": None}),
    "200 id long": lambda rng, now, task_id: json_reply(200, {"id": "x" * 10_000}),
    "200 error": lambda rng, now, task_id: json_reply(200, {"error": {"code": "InternalError", "message": "failed"}}),
    "200 id and error": lambda rng, now, task_id: json_reply(200, {"id": task_id, "error": {"code": "InternalError"}}),
    "200 list": lambda rng, now, task_id: json_reply(200, [task_id]),
    "200 cut": lambda rng, now, task_id: cut(200, b'{"id": "', 40),
    "200 bomb": _bomb,
    "200 drip": _drip,
    "not http": lambda rng, now, task_id: Reply([(0, b"SSH-2.0-OpenSSH_9.6\r\n")]),
    "closed": lambda rng, now, task_id: Reply(),
    "reset": lambda rng, now, task_id: Reply(end="reset"),
    "hangs": lambda rng, now, task_id: Reply(end="hang"),
}

# A 2xx with an id, wherever the family puts it.
TAKEN: dict[str, Callable[[str], object]] = {
    "id": lambda task_id: {"id": task_id},
    "task_id": lambda task_id: {"task_id": task_id},
    "both": lambda task_id: {"id": task_id, "task_id": task_id, "extra": {"unknown": 1}},
    "data": lambda task_id: {"data": {"task_id": task_id}},
}
