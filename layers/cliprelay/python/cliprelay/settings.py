"""What template.yaml tells a function through its environment; no other module reads it."""

import os
from datetime import timedelta
from urllib.parse import urlsplit

# Submit waits for the upstream's answer this much shorter than it lives, and is believed dead this much later than it can live.
_SUBMIT_RESERVE = timedelta(seconds=60)
# Of the function's disk, some is Lambda's own and the runtime's.
_DISK_SHARE = 0.9


def _env(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise KeyError(f"the environment variable {name} is missing: template.yaml declares it for this function")
    return value


def videos_table() -> str:
    """Return the name of the table of videos."""
    return _env("VIDEOS_TABLE")


def keys_table() -> str:
    """Return the name of the table of API keys."""
    return _env("KEYS_TABLE")


def webhooks_table() -> str:
    """Return the name of the table of webhook settings and deliveries."""
    return _env("WEBHOOKS_TABLE")


def video_bucket() -> str:
    """Return the name of the bucket of videos and images."""
    return _env("VIDEO_BUCKET")


def state_machine_arn() -> str:
    """Return the ARN of the state machine that keeps videos."""
    return _env("STATE_MACHINE_ARN")


def delivery_state_machine_arn() -> str:
    """Return the ARN of the state machine that carries deliveries."""
    return _env("DELIVERY_STATE_MACHINE_ARN")


def events_topic_arn() -> str:
    """Return the ARN of the topic of events."""
    return _env("EVENTS_TOPIC_ARN")


def alarms_topic_arn() -> str:
    """Return the ARN of the topic of alarms."""
    return _env("ALARMS_TOPIC_ARN")


def undelivered_queue_url() -> str:
    """Return the URL of the queue of undeliverable events."""
    return _env("UNDELIVERED_QUEUE_URL")


def upstream_url() -> str:
    """Return the base URL of the upstream."""
    return _env("UPSTREAM_URL")


def upstream_secret_arn() -> str:
    """Return the ARN of the secret with the upstream's key."""
    return _env("UPSTREAM_SECRET_ARN")


def webhook_secret_arn() -> str:
    """Return the ARN of the secret from which the tenants' signing secrets are derived."""
    return _env("WEBHOOK_SECRET_ARN")


def retention() -> timedelta:
    """Return how long a video is kept after its end."""
    return timedelta(days=int(_env("RETENTION_DAYS")))


def queue_limit() -> int:
    """Return how many videos of one tenant may wait to be submitted."""
    return int(_env("QUEUE_LIMIT"))


def enabled_models() -> str:
    """Return the owner's list of models as written; "" stands for all of them."""
    return _env("ENABLED_MODELS")


def image_probe() -> str:
    """Return what becomes of images at addresses that cannot be read."""
    return _env("IMAGE_PROBE")


def submit_timeout() -> timedelta:
    """Return how long Submit can live."""
    return timedelta(seconds=int(_env("SUBMIT_TIMEOUT_SECONDS")))


def paid_call_timeout() -> timedelta:
    """Return how long Submit may wait for the upstream's answer."""
    return submit_timeout() - _SUBMIT_RESERVE


def grace() -> timedelta:
    """Return after how long a silent holder of a claim is surely dead: its function has timed out before."""
    return submit_timeout() + _SUBMIT_RESERVE


def max_attempt_time() -> timedelta:
    """Return after how long a delivery attempt is surely over: its function has timed out."""
    return timedelta(seconds=int(_env("DELIVER_TIMEOUT_SECONDS")))


def download_limit() -> int:
    """Return the largest file, in bytes, that fits on the function's disk."""
    return int(int(_env("EPHEMERAL_STORAGE_MB")) * 1_000_000 * _DISK_SHARE)


def address_rules() -> str:
    """Return which addresses this deployment accepts: `public` or `loopback`."""
    return _env("ADDRESS_RULES")


def allowed_ports() -> frozenset[int]:
    """Return the ports on which public addresses may be used."""
    return frozenset(int(port) for port in _env("ALLOWED_PORTS").split(","))


def public_base_url() -> str:
    """Return the owner's own base URL without a trailing slash, or "" while the API's default domain is used."""
    return _env("PUBLIC_BASE_URL").rstrip("/")


def is_local() -> bool:
    """Tell whether the AWS endpoint is that of the local service."""
    return bool(os.environ.get("AWS_ENDPOINT_URL"))


def this_machine() -> frozenset[str]:
    """Return the host of the local service if it is not loopback, because its videos are there too; empty in the cloud."""
    host = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname
    return frozenset({host}) if host else frozenset()
