"""Options for behavior that the upstream's documentation leaves open or contradicts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any


def _option(default: Any, text: str, *choices: str) -> Any:
    return field(default=default, metadata={"help": text, "choices": choices or None})


@dataclass(frozen=True)
class Options:
    """One behavior of the upstream; the command line is generated from these fields."""

    time_scale: float = _option(1.0, "scale of simulated seconds (queue, run, expiry, retention, rate limit)")
    cheap: bool = _option(False, "tiny videos that are not encoded per task, for large numbers of tasks")
    seed: int | None = _option(None, "makes ids and durations reproducible for the same sequence of requests (default: random)")
    queue: float | None = _option(None, "simulated seconds in the queue (default 0-5, flex 600-21600)")
    run: float | None = _option(None, "simulated seconds of processing (default log-normal, median 50, p95 180)")

    id_style: str = _option("id", "where the create response contains the id", "id", "task_id", "both", "nested", "missing")
    id_form: str = _option("uuid", "the format of ids", "uuid", "cgt")
    auth: str = _option(
        "A",
        "without a key: A = 401 FAILED_TO_AUTH, B = 400 MISSING_API_KEY, C = 403 INVALID_API_KEY; "
        "a wrong key: A = 401 FAILED_TO_AUTH, B and C = 403 INVALID_API_KEY",
        "A",
        "B",
        "C",
    )
    raw_key: bool = _option(False, "accept 'Authorization: KEY' without Bearer")
    strict_headers: bool = _option(False, "reject polls without Content-Type: application/json (documented as required)")
    unknown_fields: str = _option("ignore", "fields beyond the 13 documented ones", "ignore", "refuse")
    float_integers: bool = _option(False, "accept 5.0 as an integer")

    body: str = _option("full", "which members a poll response contains", "full", "sparse")
    progress: str = _option("rising", "progress_percent rises to 100, or stays 0 even on success", "rising", "zero")
    expiry: str = _option("failed", "how an expired task is reported: FAILED with a reason, or TASK_STATUS_EXPIRED", "failed", "status")
    retention: float = _option(604800.0, "simulated seconds after which a task is forgotten")

    url_ttl: int = _option(3600, "real seconds until a video URL expires (86400 at the model's vendor)")
    sign: str = _option("each-poll", "sign video URLs at every poll, or once", "each-poll", "once")
    media_authorization: str = _option(
        "refuse", "response to a video request with an Authorization header: 400 as from S3, or the video", "refuse", "ignore"
    )
    video_kept: float = _option(86400.0, "real seconds after completion during which a video can be downloaded")

    rate_limit: int = _option(200, "requests per simulated minute, creates and polls together; 0 = unlimited")
    retry_after: bool = _option(True, "send Retry-After with the rate limit's 429")
    balance: float | None = _option(None, "balance in US dollars (default: unlimited)")
    balance_refusal: str = _option("403", "403 NOT_ENOUGH_BALANCE or 400 BILLING_BALANCE_NOT_ENOUGH", "403", "400")
    charge: str = _option("success", "charge for successful tasks only, or for all accepted ones", "success", "accept")

    fetch: str = _option("loopback", "image URLs to fetch (others are replaced by a test card)", "loopback", "any", "none")
    fetch_at: str = _option("encode", "when image URLs are fetched; at create, an invalid image is rejected", "encode", "create")

    def __post_init__(self) -> None:
        if self.time_scale <= 0:
            raise ValueError("time_scale must be greater than 0")
        for each in fields(self):
            _check_choice(each.name, getattr(self, each.name), each.metadata["choices"])


def _check_choice(name: str, value: object, choices: Sequence[str] | None) -> None:
    if choices and value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
