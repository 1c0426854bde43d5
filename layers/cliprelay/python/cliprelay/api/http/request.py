"""What a route gets: an admitted request with checked parameters and body."""

from collections.abc import Mapping, Sequence
from typing import Any

from cliprelay.errors import FieldComplaint


class Request:
    """One request; `raw` is its body as sent, `arrived` its arrival on the monotonic clock of `Services.seconds`.

    `complaints` are those about the query, if the route lists them itself.
    """

    def __init__(
        self,
        event: Mapping[str, Any],
        *,
        tenant: str = "",
        path: Mapping[str, str],
        query: Mapping[str, Any],
        body: Any = None,
        raw: bytes = b"",
        arrived: float = 0.0,
        complaints: Sequence[FieldComplaint] = (),
    ) -> None:
        self.tenant, self.path, self.query, self.body, self.raw = tenant, path, query, body, raw
        self.arrived, self.complaints = arrived, complaints
        self._event = event

    def header(self, name: str) -> str | None:
        """Return a header by its name in lower case."""
        return headers_of(self._event).get(name)

    @property
    def domain(self) -> str:
        """The domain that the request was sent to."""
        return str(self._event["requestContext"]["domainName"])


def headers_of(event: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a request, with names in lower case."""
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}
