"""A client of an AWS service that is built at its first call."""

from collections.abc import Callable
from typing import Any


class LazyClient:
    """Stands for the client that `build` returns, for parts that most requests of a function do not use; `build` caches it."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build

    def __getattr__(self, name: str) -> Any:
        """Return the client's own attribute."""
        return getattr(self._build(), name)
