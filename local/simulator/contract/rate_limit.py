"""The upstream's requests per minute, as a token bucket on the simulated clock."""

from threading import Lock


class TokenBucket:
    def __init__(self, per_minute: int, scale: float) -> None:
        self._size = float(per_minute)
        self._per_second = per_minute / 60 / scale
        self._level = self._size
        self._seen: float | None = None
        self._lock = Lock()

    def take(self, now: float) -> bool:
        """Return whether a request is allowed; a size of 0 allows every request."""
        if not self._size:
            return True
        with self._lock:
            elapsed = 0.0 if self._seen is None else max(0.0, now - self._seen)
            self._seen = now
            self._level = min(self._size, self._level + elapsed * self._per_second)
            if self._level < 1:
                return False
            self._level -= 1
            return True

    @property
    def refill_seconds(self) -> int:
        """Simulated seconds until the next request is allowed, rounded up."""
        return max(1, round(60 / self._size)) if self._size else 0
