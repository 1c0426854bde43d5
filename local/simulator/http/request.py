"""An HTTP request as passed to the endpoints."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from local.simulator.http.response import plain_response


class Headers(Protocol):
    """Case-insensitive headers."""

    def get(self, name: str, default: str, /) -> str: ...

    def __contains__(self, name: str, /) -> bool: ...


@dataclass(frozen=True)
class Request:
    """A request whose body is read on demand, because the connection may be reset before."""

    method: str
    target: str
    headers: Headers
    read: Callable[[], bytes] = bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


class UnreadableBody(Exception):
    """The body cannot be read; `response` says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.response = plain_response(status, message)
