"""One attempt: a POST on a new connection to a checked address; only an answer that ends as its receiver framed it is an answer."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime

import requests
from requests.exceptions import ConnectTimeout, ReadTimeout, SSLError
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ReadTimeoutError

from cliprelay.net.body import raw_pieces
from cliprelay.net.deadline import Deadline, deadline
from cliprelay.net.guard import Guard
from cliprelay.net.response import Framing, framing_of
from cliprelay.net.retry_after import retry_after
from cliprelay.net.urls import AddressRefused
from cliprelay.webhooks.retry_schedule import Reply

# Standard Webhooks 1.0 recommends 15 to 30 s for the whole call.
SECONDS = 15
CONNECT_SECONDS = 5
# An answer is read only to see that it ends; its content is ignored. Pages of whole frameworks have some 100 KB. A longer answer is a
# failed attempt, because it may still break off.
ANSWER_LIMIT = 1 << 20


class WebhookSender:
    """Sends to URLs that the guard allows; `seconds` is a monotonic clock, `limit` the maximum seconds for a whole call."""

    def __init__(
        self, guard: Guard, clock: Callable[[], datetime], *, seconds: Callable[[], float] = time.monotonic, limit: float = SECONDS
    ) -> None:
        self._guard, self._clock, self._seconds, self._limit = guard, clock, seconds, limit

    def post(self, url: str, body: bytes, headers: Mapping[str, str], limit: float | None = None) -> Reply:
        """Send once; any behaviour of the receiver becomes a Reply within the limit, never an exception."""
        begun = self._seconds()
        with deadline(self._limit if limit is None else limit) as ends:
            status, error, header = self._exchange(url, body, headers, ends)
        took = round((self._seconds() - begun) * 1000)
        return Reply(status, error, retry_after(header, self._clock()), took)

    def _exchange(self, url: str, body: bytes, headers: Mapping[str, str], limit: Deadline) -> tuple[int | None, str | None, str | None]:
        status = None
        try:
            with self._guard.session() as session, self._answer(session, url, body, headers) as answer:
                status = answer.status_code
                return status, _fault(answer), answer.headers.get("Retry-After")
        except AddressRefused:
            return None, "address_refused", None
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            # Their texts contain the whole URL, so only a code is passed on.
            return status, "timeout" if limit.over else _code(error), None

    def _answer(self, session: requests.Session, url: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
        sent = {"Content-Type": "application/json", "User-Agent": "ClipRelay", "Connection": "close", **headers}
        return session.post(url, data=body, headers=sent, timeout=(CONNECT_SECONDS, SECONDS), allow_redirects=False, stream=True)


def _fault(answer: requests.Response) -> str | None:
    """Read a 2xx answer to its end and return a code if it has none; of any other answer, the status says all."""
    if not 200 <= answer.status_code <= 299:
        return None
    if framing_of(answer) is Framing.UNREADABLE:
        return "broken_off"
    left = ANSWER_LIMIT
    for piece in raw_pieces(answer):
        left -= len(piece)
        if left < 0:
            return "answer_too_long"
    return None


def _code(error: BaseException) -> str:
    """Return a code for the error, from whichever of its causes has one."""
    if isinstance(error, ReadTimeout | ConnectTimeout | ReadTimeoutError):
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
