"""A foreign API under a prefix of its own: its refusals, and what its clients send differently."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cliprelay.api.http.answers import Answer
from cliprelay.errors import Refusal


@dataclass(frozen=True)
class Face:
    """A foreign API: its routes read their bodies and queries themselves, and `refuse` puts every refusal into its words.

    `refuse` gets the request's event, too, because some of these APIs may not fail where ours may.
    `pauses` are the seconds before each further try of a GET that AWS did not answer, for clients that give up after one failure.
    """

    prefix: str  # such as /openai/v1
    refuse: Callable[[Refusal, Mapping[str, Any]], Answer]
    takes_bare_key: bool = False  # a client sends the API key without `Bearer`
    pauses: tuple[float, ...] = ()

    def owns(self, path: str) -> bool:
        """Return whether a path is of this API, also one that it does not have."""
        return path == self.prefix or path.startswith(f"{self.prefix}/")
