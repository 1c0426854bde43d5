"""What a flow asks for: a request, a pause, or to show something. A flow is written once, and run with or without asyncio."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

# The gateway answers within 30 seconds; the rest is for the way.
READ_SECONDS = 45.0


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers with lower-case names, and the body, unless it went to a sink."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Send:
    """One HTTP request; with a sink, the body of a 200 or 206 goes there piece by piece."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    form: Mapping[str, str] | None = None
    file: bytes | None = None
    read_seconds: float = READ_SECONDS
    sink: Callable[[int, Mapping[str, str], bytes], None] | None = None


@dataclass(frozen=True)
class Pause:
    """Wait before going on."""

    seconds: float


@dataclass(frozen=True)
class Show:
    """Hand a value to the caller before the end."""

    value: Any


class Lost(Exception):
    """No answer; `sent` says whether the request may have arrived."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


Step = Send | Pause | Show
# Takes a reply for a Send and None for the rest.
Flow = Generator[Step, Any, Any]
