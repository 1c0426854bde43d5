"""An HTTP request as the doors see it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from local.simulator.http.response import plain_reply


class Headers(Protocol):
    """Names in any case."""

    def get(self, name: str, default: str, /) -> str: ...

    def __contains__(self, name: str, /) -> bool: ...


@dataclass(frozen=True)
class Call:
    """The body is read when somebody asks for it: a connection can be reset before."""

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


class Unreadable(Exception):
    """The body cannot be had; `reply` says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.reply = plain_reply(status, message)
