"""The environment variables that template.yaml sets for the functions; the only module that reads them."""

import os
from datetime import timedelta
from urllib.parse import urlsplit

# Submit stops waiting for the upstream this long before its time-out, and counts as dead this long after it.
_SUBMIT_RESERVE = timedelta(seconds=60)
# Lambda and the runtime use some of the function's disk.
_DISK_SHARE = 0.9


def _env(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise KeyError(f"environment variable {name} is missing: template.yaml must declare it for this function")
    return value


def videos_table() -> str:
    """Return the name of the videos table."""
    return _env("VIDEOS_TABLE")


def keys_table() -> str:
    """Return the name of the API keys table."""
    return _env("KEYS_TABLE")


def webhooks_table() -> str:
    """Return the name of the table with webhook settings and deliveries."""
    return _env("WEBHOOKS_TABLE")


def spend_table() -> str:
    """Return the name of the table with budgets and usage."""
    return _env("SPEND_TABLE")


def video_bucket() -> str:
    """Return the name of the bucket with videos and images."""
    return _env("VIDEO_BUCKET")


def state_machine_arn() -> str:
    """Return the ARN of the video state machine."""
    return _env("STATE_MACHINE_ARN")


def delivery_state_machine_arn() -> str:
    """Return the ARN of the delivery state machine."""
    return _env("DELIVERY_STATE_MACHINE_ARN")


def events_topic_arn() -> str:
    """Return the ARN of the events topic."""
    return _env("EVENTS_TOPIC_ARN")


def alarms_topic_arn() -> str:
    """Return the ARN of the alarms topic."""
    return _env("ALARMS_TOPIC_ARN")


def undelivered_queue_url() -> str:
    """Return the URL of the dead-letter queue for undeliverable events."""
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
    """Return how long a video is retained after its end."""
    return timedelta(days=int(_env("RETENTION_DAYS")))


def queue_limit() -> int:
    """Return the maximum number of queued videos per tenant."""
    return int(_env("QUEUE_LIMIT"))


def max_wait() -> int:
    """Return the longest wait, in seconds, that a client may ask for."""
    return int(_env("MAX_WAIT"))


def serve_docs() -> bool:
    """Return whether the API serves its description and documentation."""
    return _env("SERVE_DOCS") == "true"


def link_pages() -> bool:
    """Return whether a link shows browsers a page instead of the bare file."""
    return _env("LINK_PAGES") == "true"


def serve_console() -> bool:
    """Return whether the API serves the console."""
    return _env("SERVE_CONSOLE") == "true"


def enabled_models() -> str:
    """Return the operator's comma-separated list of models; "" means the default ones."""
    return _env("ENABLED_MODELS")


def model_aliases() -> str:
    """Return the operator's further names of models, such as `sora-2=seedance-v1.5-pro`, comma-separated; "" means none."""
    return _env("MODEL_ALIASES")


def repeat_window() -> int:
    """Return for how many seconds equal orders without a key, through a foreign API, are the same video; 0 means never."""
    return int(_env("REPEAT_WINDOW_SECONDS"))


def image_probe() -> str:
    """Return how to treat an image URL that cannot be read: `strict`, `warn` or `off`."""
    return _env("IMAGE_PROBE")


def submit_timeout() -> timedelta:
    """Return the time-out of the Submit function."""
    return timedelta(seconds=int(_env("SUBMIT_TIMEOUT_SECONDS")))


def paid_call_timeout() -> timedelta:
    """Return how long Submit may wait for the upstream's answer."""
    return submit_timeout() - _SUBMIT_RESERVE


def grace() -> timedelta:
    """Return the age at which the holder of a silent claim is certainly dead, because its function has timed out."""
    return submit_timeout() + _SUBMIT_RESERVE


def max_attempt_time() -> timedelta:
    """Return the time after which a delivery attempt is certainly over, because its function has timed out."""
    return timedelta(seconds=int(_env("DELIVER_TIMEOUT_SECONDS")))


def download_limit() -> int:
    """Return the largest file, in bytes, that fits on the function's disk."""
    return int(int(_env("EPHEMERAL_STORAGE_MB")) * 1_000_000 * _DISK_SHARE)


def address_rules() -> str:
    """Return the address rules of this deployment: `public` or `loopback`."""
    return _env("ADDRESS_RULES")


def allowed_ports() -> frozenset[int]:
    """Return the ports that public URLs may use."""
    return frozenset(int(port) for port in _env("ALLOWED_PORTS").split(","))


def public_base_url() -> str:
    """Return the configured base URL without a trailing slash; "" means the API's default domain."""
    return _env("PUBLIC_BASE_URL").rstrip("/")


def is_local() -> bool:
    """Return whether AWS is the local service."""
    return bool(os.environ.get("AWS_ENDPOINT_URL"))


def this_machine() -> frozenset[str]:
    """Return the local service's host, which also serves its videos; empty in the cloud."""
    host = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname
    return frozenset({host}) if host else frozenset()


def is_sandbox() -> bool:
    """Return whether this process is a function's sandbox, of Lambda or of the local service."""
    return bool(os.environ.get("AWS_LAMBDA_FUNCTION_NAME"))


def is_lambda() -> bool:
    """Return whether this process is a sandbox of Lambda itself, which sets this variable; local sandboxes and tests do not.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    return bool(os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE"))
