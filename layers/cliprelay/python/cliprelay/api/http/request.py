"""What a route gets: an admitted request with checked parameters and body."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from cliprelay.errors import FieldComplaint
from cliprelay.tenants.api_keys import Identity


class Request:
    """One request; `body` is what its route has read, `arrived` its arrival on the monotonic clock of `Services.seconds`.

    `complaints` are those about the query, if the route lists them itself. `text` is the body of a request to our own API, `raw` that of
    one to a foreign API.
    """

    def __init__(
        self,
        event: Mapping[str, Any],
        *,
        identity: Identity,
        path: Mapping[str, str],
        query: Mapping[str, Any],
        body: Any = None,
        text: str = "",
        raw: bytes = b"",
        arrived: float = 0.0,
        complaints: Sequence[FieldComplaint] = (),
    ) -> None:
        self.identity, self.path, self.query, self.body, self.text, self.raw = identity, path, query, body, text, raw
        self.arrived, self.complaints = arrived, complaints
        self._event = event

    def header(self, name: str) -> str | None:
        """Return a header by its name in lower case."""
        return headers_of(self._event).get(name)

    @property
    def tenant(self) -> str:
        """The tenant whose key the request carries; "" on public paths."""
        return self.identity.tenant

    @property
    def gateway_id(self) -> str:
        """The gateway's id of the request."""
        return str(self._event["requestContext"]["requestId"])

    @property
    def arrived_at(self) -> int:
        """When the gateway got the request, in milliseconds since the epoch."""
        return int(self._event["requestContext"]["timeEpoch"])

    @property
    def raw_query(self) -> list[tuple[str, str]]:
        """The query as it was sent: names and values in their order, also blank and repeated ones."""
        return parse_qsl(self._event.get("rawQueryString") or "", keep_blank_values=True)

    @property
    def domain(self) -> str:
        """The domain that the request was sent to."""
        return str(self._event["requestContext"]["domainName"])


def headers_of(event: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a request, with names in lower case."""
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}
