"""Run flows: with httpx's client, or with its asynchronous one."""

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any

import anyio
import httpx

from cliprelay_client.api.steps import Flow, Lost, Pause, Reply, Send, Show, Step

CONNECT_SECONDS, WRITE_SECONDS = 10.0, 60.0
# Nothing of the request has left when these are raised.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


def _request(client: httpx.Client | httpx.AsyncClient, send: Send) -> httpx.Request:
    timeout = httpx.Timeout(connect=CONNECT_SECONDS, read=send.read_seconds, write=WRITE_SECONDS, pool=CONNECT_SECONDS)
    parts: dict[str, Any] = {"content": send.content}
    if send.form is not None:
        parts = {"data": dict(send.form), "files": {"file": ("picture", send.file or b"")}}
    return client.build_request(send.method, send.url, headers=dict(send.headers), timeout=timeout, **parts)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn httpx's errors into ours, whose text holds no URL."""
    try:
        yield
    except httpx.TransportError as error:
        raise Lost(_reason(error), sent=not isinstance(error, _UNSENT)) from None
    except (httpx.InvalidURL, UnicodeError):
        raise Lost("the address is not a URL", sent=False) from None


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    said = str(error).lower()
    if isinstance(error, httpx.ConnectError):
        for word, reason in (("refused", "connection refused"), ("certificate", "its certificate is not valid")):
            if word in said:
                return reason
        return "the host is not found" if "name" in said or "address" in said else "no connection"
    return "the connection broke"


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _sunk(send: Send, response: httpx.Response) -> bool:
    return send.sink is not None and response.status_code in (200, 206)


class End:
    """The result of a flow that is over."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _advance(flow: Flow, answer: Any) -> Step | End:
    """Hand an answer or an error to the flow; return what it asks for next."""
    try:
        return flow.throw(answer) if isinstance(answer, Exception) else flow.send(answer)
    except StopIteration as end:
        return End(end.value)


class SyncDriver:
    """Runs flows in the calling thread."""

    def __init__(self, http: httpx.Client, sleep: Callable[[float], None] = time.sleep) -> None:
        self.http, self._sleep = http, sleep

    def run(self, flow: Flow, show: Callable[[Any], None] | None = None) -> Any:
        """Run a flow to its end and return its result."""
        steps = self.steps(flow)
        while True:
            try:
                value = next(steps)
            except StopIteration as end:
                return end.value
            if show:
                show(value)

    def steps(self, flow: Flow) -> Generator[Any, None, Any]:
        """Run a flow, and yield what it shows."""
        try:
            step = _advance(flow, None)
            while not isinstance(step, End):
                if isinstance(step, Show):
                    yield step.value
                    step = _advance(flow, None)
                else:
                    step = _advance(flow, self._answer(step))
            return step.value
        finally:
            flow.close()

    def _answer(self, step: Send | Pause) -> Reply | Exception | None:
        try:
            if isinstance(step, Send):
                return self._send(step)
            self._sleep(step.seconds)
        except Exception as error:  # the flow decides
            return error
        return None

    def _send(self, send: Send) -> Reply:
        with _translated():
            response = self.http.send(_request(self.http, send), stream=True)
            try:
                if _sunk(send, response) and send.sink:
                    for piece in response.iter_raw():
                        send.sink(response.status_code, _headers(response), piece)
                    return Reply(response.status_code, _headers(response))
                return Reply(response.status_code, _headers(response), response.read())
            finally:
                response.close()


class AsyncDriver:
    """Runs flows on asyncio or trio; files are read and written between two awaits."""

    def __init__(self, http: httpx.AsyncClient, sleep: Callable[[float], Awaitable[None]] = anyio.sleep) -> None:
        self.http, self._sleep = http, sleep

    async def run(self, flow: Flow, show: Callable[[Any], None] | None = None) -> Any:
        """Run a flow to its end and return its result."""
        async for value in self.steps(flow):
            if isinstance(value, End):
                return value.value
            if show:
                show(value)
        return None

    async def each(self, flow: Flow) -> AsyncIterator[Any]:
        """Run a flow, and yield what it shows."""
        async for value in self.steps(flow):
            if not isinstance(value, End):
                yield value

    async def steps(self, flow: Flow) -> AsyncIterator[Any]:
        """Run a flow, and yield what it shows and then its End."""
        try:
            step = _advance(flow, None)
            while not isinstance(step, End):
                if isinstance(step, Show):
                    yield step.value
                    step = _advance(flow, None)
                else:
                    step = _advance(flow, await self._answer(step))
            yield step
        finally:
            flow.close()

    async def _answer(self, step: Send | Pause) -> Reply | Exception | None:
        try:
            if isinstance(step, Send):
                return await self._send(step)
            await self._sleep(step.seconds)
        except Exception as error:  # the flow decides
            return error
        return None

    async def _send(self, send: Send) -> Reply:
        with _translated():
            response = await self.http.send(_request(self.http, send), stream=True)
            try:
                if _sunk(send, response) and send.sink:
                    async for piece in response.aiter_raw():
                        send.sink(response.status_code, _headers(response), piece)
                    return Reply(response.status_code, _headers(response))
                return Reply(response.status_code, _headers(response), await response.aread())
            finally:
                await response.aclose()
