"""One attempt: a POST on a new connection, to an address that was checked, and as much of the answer as is needed."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime

import requests
from requests.exceptions import ConnectTimeout, ReadTimeout, SSLError
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from cliprelay.net.guard import Guard
from cliprelay.net.retry_after import retry_after
from cliprelay.net.sessions import Deadline, deadline
from cliprelay.net.urls import AddressRefused
from cliprelay.webhooks.retry_schedule import Reply

# Standard Webhooks 1.0 recommends 15 to 30 s for the whole call.
SECONDS = 15
CONNECT_SECONDS = 5
# An answer is read to see that it ends; what it says is nobody's business.
ANSWER_LIMIT = 4_096


class WebhookSender:
    """Sends to any address that the guard allows; `seconds` is a monotonic clock, `limit` the seconds that a whole call may take."""

    def __init__(
        self, guard: Guard, clock: Callable[[], datetime], *, seconds: Callable[[], float] = time.monotonic, limit: float = SECONDS
    ) -> None:
        self._guard, self._clock, self._seconds, self._limit = guard, clock, seconds, limit

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send once; whatever the other side does is a Reply within the limit, never an exception."""
        begun = self._seconds()
        with deadline(self._limit) as limit:
            status, error, header = self._exchange(url, body, headers, limit)
        took = round((self._seconds() - begun) * 1000)
        return Reply(status, error, retry_after(header, self._clock()), took)

    def _exchange(self, url: str, body: bytes, headers: Mapping[str, str], limit: Deadline) -> tuple[int | None, str | None, str | None]:
        status = None
        try:
            with self._guard.session() as session, self._answer(session, url, body, headers) as answer:
                status = answer.status_code
                return status, _unended(answer), answer.headers.get("Retry-After")
        except AddressRefused:
            return None, "address_refused", None
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            # The texts of these hold the whole URL; a code is all that leaves.
            return status, "timeout" if limit.over else _code(error), None

    def _answer(self, session: requests.Session, url: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
        sent = {"Content-Type": "application/json", "User-Agent": "ClipRelay", "Connection": "close", **headers}
        return session.post(url, data=body, headers=sent, timeout=(CONNECT_SECONDS, SECONDS), allow_redirects=False, stream=True)


def _unended(answer: requests.Response) -> str | None:
    """Why the answer counts for nothing: it does not say how long it is, and went on."""
    left = ANSWER_LIMIT
    # The read that brings nothing is the one that notices an answer shorter than declared.
    while left and (piece := answer.raw.read(left, decode_content=False)):
        left -= len(piece)
    if left or "Content-Length" in answer.headers:
        return None
    return "answer_too_long"


def _code(error: BaseException) -> str:
    """A word for what went wrong, from the innermost cause that has one."""
    if isinstance(error, ReadTimeout | ConnectTimeout):
        return "timeout"
    if isinstance(error, SSLError):
        return "tls"
    causes = _causes(error)
    if any(isinstance(cause, AddressRefused) for cause in causes):
        return "address_refused"
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return "dns"
    return "connect" if any(isinstance(cause, NewConnectionError) for cause in causes) else "broken_off"


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    nexts: list[BaseException | object | None] = [error]
    while nexts:
        one = nexts.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            nexts += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found
