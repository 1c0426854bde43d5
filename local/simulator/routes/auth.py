"""Check the API key and the rate limit."""

import hmac

from local.simulator.contract.errors import UpstreamError
from local.simulator.http.request import Headers
from local.simulator.state import SimulatorState

_MISSING = {"A": (401, "FAILED_TO_AUTH"), "B": (400, "MISSING_API_KEY"), "C": (403, "INVALID_API_KEY")}
_WRONG = {"A": (401, "FAILED_TO_AUTH"), "B": (403, "INVALID_API_KEY"), "C": (403, "INVALID_API_KEY")}


def check_key(simulator: SimulatorState, headers: Headers) -> None:
    """Raise UpstreamError unless the header is `Bearer <key>`, or the bare key if that is enabled."""
    given = headers.get("Authorization", "")
    mode = simulator.options.auth
    if not given:
        raise UpstreamError(*_MISSING[mode])
    wanted = [f"Bearer {simulator.key}"] + ([simulator.key] if simulator.options.raw_key else [])
    # http.server decodes headers as Latin-1
    if not any(hmac.compare_digest(given.encode("latin-1"), each.encode()) for each in wanted):
        raise UpstreamError(*_WRONG[mode])


def check_rate_limit(simulator: SimulatorState) -> None:
    if not simulator.rate_limit.take(simulator.clock()):
        raise UpstreamError(429, "RATE_LIMIT_EXCEEDED")
