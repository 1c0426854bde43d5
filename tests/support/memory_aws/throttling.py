"""Token buckets, as AWS describes its API quotas: each call takes a token, and tokens come back at a steady rate."""

from collections.abc import Callable


class TokenBucket:
    """`size` calls at once, then `refill` calls a second."""

    def __init__(self, size: float, refill: float, now: Callable[[], float]) -> None:
        self._size, self._refill, self._now = size, refill, now
        self._tokens, self._at = size, now()

    def take(self) -> bool:
        """Take a token; False if there is none."""
        now = self._now()
        self._tokens = min(self._size, self._tokens + (now - self._at) * self._refill)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
