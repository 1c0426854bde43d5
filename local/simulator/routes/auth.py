"""Who may ask: the key, and the requests per minute."""

import hmac

from local.simulator.contract.errors import Refusal
from local.simulator.http.request import Headers
from local.simulator.state import Platform

_MISSING = {"A": (401, "FAILED_TO_AUTH"), "B": (400, "MISSING_API_KEY"), "C": (403, "INVALID_API_KEY")}
_WRONG = {"A": (401, "FAILED_TO_AUTH"), "B": (403, "INVALID_API_KEY"), "C": (403, "INVALID_API_KEY")}


def check_key(platform: Platform, headers: Headers) -> None:
    """Raise Refusal unless the header is `Bearer <key>`, or the bare key where that is switched on."""
    given = headers.get("Authorization", "")
    mode = platform.options.auth
    if not given:
        raise Refusal(*_MISSING[mode])
    wanted = [f"Bearer {platform.key}"] + ([platform.key] if platform.options.raw_key else [])
    # http.server reads headers as Latin-1
    if not any(hmac.compare_digest(given.encode("latin-1"), each.encode()) for each in wanted):
        raise Refusal(*_WRONG[mode])


def check_pace(platform: Platform) -> None:
    if not platform.bucket.take(platform.clock()):
        raise Refusal(429, "RATE_LIMIT_EXCEEDED")
