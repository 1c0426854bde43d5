"""Client for the upstream's two endpoints: one paid and called once, one free and repeatable."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from cliprelay.errors import NoAnswer, NotAccepted, OutcomeUnknown, RefusedAccount, TaskNotFound
from cliprelay.net.body import pieces
from cliprelay.net.deadline import deadline
from cliprelay.net.retry_after import retry_after
from cliprelay.net.sessions import fresh_session
from cliprelay.upstream.contract import PaidRequest, ReadInput, Task
from cliprelay.upstream.myrouter.answers import created_id, is_about_a_task, read_failed_poll, read_refusal, read_task
from cliprelay.upstream.myrouter.request import prepare
from cliprelay.video.record import Video

# Connection failures show within seconds; only the answer may take long.
CONNECT_SECONDS = 10
POLL_SECONDS = 30
# Everything that requests and the layers below it raise, and the error of our own size limit.
_BROKEN = (requests.RequestException, HTTPError, OSError, ValueError)
# Task results have a few kilobytes; a gateway's error page may have more.
ANSWER_LIMIT = 1_000_000


class HandedBody:
    """A request body that records whether its last byte was handed to the connection."""

    def __init__(self, data: bytes) -> None:
        self._data, self._position = data, 0

    def __len__(self) -> int:
        return len(self._data)

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, as http.client requests it."""
        end = len(self._data) if size < 0 else self._position + size
        piece = self._data[self._position : end]
        self._position += len(piece)
        return piece

    @property
    def handed_over(self) -> bool:
        """True once the last piece was requested; what arrived is unknown from then on."""
        return self._position >= len(self._data)


@dataclass(frozen=True)
class Answer:
    """An HTTP response, with at most ANSWER_LIMIT bytes of content."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> object:
        """Parse the body as JSON; None if it is not JSON."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None


class MyRouter:
    """The Provider for MyRouter's asynchronous API.

    `key` is called whenever a key is needed, and `fresh_key` when a query was refused with it.
    """

    def __init__(
        self, url: str, key: Callable[[], str], *, fresh_key: Callable[[], str] | None = None, submit_seconds: float = 120
    ) -> None:
        self._url, self._key, self._fresh_key, self.submit_seconds = url.rstrip("/"), key, fresh_key or key, submit_seconds

    def prepare(self, video: Video, read_input: ReadInput) -> PaidRequest:
        """Build the paid call, including stored images."""
        return prepare(video, read_input)

    def create(self, request: PaidRequest, *, key: str, seconds: float | None = None) -> str:
        """Make the paid call, one POST on its own connection, within `seconds`; return the task id.

        Raises only NotAccepted, RefusedAccount, RefusedVideo or OutcomeUnknown.
        """
        body = HandedBody(request.body)
        seconds = min(seconds or self.submit_seconds, self.submit_seconds)
        try:
            # A new connection each time: one kept alive in a frozen sandbox is dead, and its reset would be ambiguous.
            answer = _exchange("POST", f"{self._url}{request.path}", seconds, key, data=body)
        except _BROKEN as error:
            raise _lost_create(error, body) from None
        return _read_created(answer, key)

    def task(self, task_id: str) -> Task:
        """Query the state of a task, free of charge; raises NoAnswer, RefusedAccount or TaskNotFound."""
        key = self._key()
        try:
            return self._task(task_id, key)
        except RefusedAccount:
            # The key may have been rotated while this sandbox was warm.
            fresh = self._fresh_key()
            if fresh == key:
                raise
            return self._task(task_id, fresh)

    def _task(self, task_id: str, key: str) -> Task:
        url = f"{self._url}/v3/async/task-result"
        try:
            answer = _exchange("GET", url, POLL_SECONDS, key, params={"task_id": task_id})
        except _BROKEN as error:
            raise NoAnswer("upstream_unreachable", f"no answer from the upstream ({type(error).__name__})") from None
        return _read_result(answer, key)


def _exchange(method: str, url: str, seconds: float, key: str, **request: Any) -> Answer:
    with deadline(seconds), fresh_session() as session:
        timeout = (min(CONNECT_SECONDS, seconds), seconds)
        with session.request(
            method, url, headers=_headers(key), timeout=timeout, allow_redirects=False, stream=True, **request
        ) as response:
            return Answer(response.status_code, response.headers, _read_capped(response))


def _headers(key: str) -> dict[str, str]:
    # The documentation requires the content type on the GET too.
    return {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "ClipRelay",
    }


def _read_capped(response: requests.Response) -> bytes:
    content = bytearray()
    for piece in pieces(response):
        content += piece
        if len(content) > ANSWER_LIMIT:
            raise ValueError("the answer is too large")
    return bytes(content)


def _lost_create(error: Exception, body: HandedBody) -> NotAccepted | OutcomeUnknown:
    kind = type(error).__name__
    if not body.handed_over:
        return NotAccepted("upstream_unreachable", f"the request did not reach the upstream ({kind})")
    return OutcomeUnknown("no_answer", f"the upstream received the whole request and did not answer ({kind})")


def _read_created(answer: Answer, key: str) -> str:
    body = answer.json()
    if not 200 <= answer.status < 300:
        raise read_refusal(answer.status, body, _asked_wait(answer), key=key)
    task_id = created_id(body)
    if task_id is None or (isinstance(body, dict) and body.get("error")):
        raise OutcomeUnknown("no_id", f"the upstream answered {answer.status} without a task id")
    return task_id


def _read_result(answer: Answer, key: str) -> Task:
    if answer.status == 404 and is_about_a_task(answer.json()):
        raise TaskNotFound("lost_upstream", "the upstream does not know the task")
    if answer.status in (401, 403):
        raise RefusedAccount("upstream_key", "the upstream refused the account")
    read = read_task if 200 <= answer.status < 300 else read_failed_poll
    task = read(answer.json(), key=key)
    if task is None:
        message = f"the upstream answered {answer.status} without a task"
        raise NoAnswer(f"http_{answer.status}", message, retry_after=_asked_wait(answer))
    return task


def _asked_wait(answer: Answer) -> float | None:
    return retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
