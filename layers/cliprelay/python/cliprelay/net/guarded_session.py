"""The session of the address guard, which checks every URL before it is sent."""

import sys
from typing import TYPE_CHECKING, Any

import requests

from cliprelay.net.sessions import Dial, Session, bare

if TYPE_CHECKING:
    from cliprelay.net.guard import Guard


def guarded_session(guard: "Guard", dial: Dial) -> requests.Session:
    """Return a session that opens only what the guard allows, with connections that `dial` opens."""
    return bare(_GuardedSession(guard), dial)


class _GuardedSession(Session):
    def __init__(self, guard: "Guard") -> None:
        super().__init__()
        self._guard = guard

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Check the URL as given, before requests normalises it; its length was checked earlier."""
        self._guard.check(str(request.url), longest=sys.maxsize)
        return super().prepare_request(request)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Check the URL again as normalised by requests."""
        self._guard.check(str(request.url), longest=sys.maxsize)
        return super().send(request, **options | {"proxies": {}})
