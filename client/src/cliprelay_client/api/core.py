"""One call of the API: repeated with backoff under the same key, or turned into one of our errors."""

import json
import random
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from cliprelay_client.api.errors import ApiError, Unavailable, Unreachable, UsageError, refusal
from cliprelay_client.api.steps import READ_SECONDS, Lost, Pause, Reply, Send, Step
from cliprelay_client.version import VERSION

# Statuses that pass: time-outs on the way, too many requests, and faults of the server.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 20.0
# What a server may ask for with Retry-After; a longer wait is cut to this, and the patience ends it anyway.
LONGEST_RETRY_AFTER = 120.0


@dataclass
class Core:
    """What every call needs."""

    base_url: str
    api_key: str
    # Seconds for which a call that meets no answer, or a passing fault, is repeated.
    patience: float = 60.0
    # The same until the server has answered once: a wrong address is no outage.
    patience_at_first: float | None = None
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random
    user_agent: str = field(default=f"cliprelay-client/{VERSION}")
    has_answered: bool = False
    # Hears of each error before the request is repeated.
    on_repeat: Callable[[Exception], None] | None = None

    def __post_init__(self) -> None:
        self.base_url = self.base_url.rstrip("/")
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"The base URL must begin with https:// or http://, not {self.base_url!r}.")
        if not self.api_key.isascii() or not self.api_key.isprintable() or " " in self.api_key:
            raise UsageError("The API key has characters that no key has; copy it again.")

    @property
    def host(self) -> str:
        """Name the server in messages."""
        return urlsplit(self.base_url).netloc

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeat: bool = True,
        read_seconds: float = READ_SECONDS,
    ) -> Generator[Step, Any, Reply]:
        """Send a request until it is answered, or raise our error; without `repeat`, only what surely did not arrive is sent again."""
        sent = {"Authorization": f"Bearer {self.api_key}", "User-Agent": self.user_agent, **(headers or {})}
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            sent["Content-Type"] = "application/json"
        request = Send(method, f"{self.base_url}{path}", sent, content, read_seconds=read_seconds)
        return (yield from self.insist(request, repeat=repeat))

    def insist(self, request: Send, *, repeat: bool = True) -> Generator[Step, Any, Reply]:
        """Repeat a request with growing pauses while what happens may pass."""
        end, pause, arrived = self.clock() + self._patience(), FIRST_PAUSE, False
        while True:
            asked: float | None = None
            error: Exception
            try:
                reply: Reply = yield request
            except Lost as lost:
                arrived = arrived or lost.sent
                advice = "try again later" if self.has_answered else "check the base URL and the network"
                error = Unreachable(f"No answer from {urlsplit(request.url).netloc}: {lost}; {advice}.")
                again = repeat or not lost.sent
            else:
                self.has_answered = True
                if reply.status < 300 or (request.sink and reply.status == 302):
                    return reply
                error = self.error_of(reply, request)
                asked = retry_after(reply.headers, time.time())
                again = reply.status in PASSING and (repeat or reply.status in (429, 503))
                # A fault of the server's may come after it has recorded the order.
                arrived = arrived or reply.status >= 500
            wait = min(asked, LONGEST_RETRY_AFTER) if asked is not None else pause * (0.5 + self.jitter() / 2)
            if not again or self.clock() + wait > end:
                error.may_have_arrived = arrived  # type: ignore[attr-defined]
                raise error
            if self.on_repeat:
                self.on_repeat(error)
            yield Pause(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _patience(self) -> float:
        is_first = self.patience_at_first is not None and not self.has_answered
        return min(self.patience, self.patience_at_first or 0.0) if is_first else self.patience

    def error_of(self, reply: Reply, request: Send) -> Exception:
        """Build the error for an answer that is not 2xx."""
        host = urlsplit(request.url).netloc
        if 300 <= reply.status < 400:
            target = urlsplit(reply.headers.get("location", ""))
            return ApiError(
                f"{host} redirects to {target.netloc or 'another address'}; set that as the base URL.", status=reply.status, body={}
            )
        return refusal(reply.status, _document(reply), host, retry_after(reply.headers, time.time()))

    def read(self, reply: Reply) -> dict[str, Any]:
        """Return the JSON object of an answer."""
        document = _document(reply)
        if not document:
            raise self.unlike(reply.status)
        return document

    def unlike(self, status: int = 200) -> Unavailable:
        """Build the error for an answer that this version cannot read."""
        advice = "check the base URL, or install the client of the server's version"
        return Unavailable(f"{self.host} does not answer like ClipRelay {VERSION}: {advice}.", status=status, body={})


def _document(reply: Reply) -> dict[str, Any]:
    try:
        document = json.loads(reply.body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Read Retry-After, in seconds or as a date."""
    text = headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now) if text else None
    except (ValueError, TypeError):
        return None
