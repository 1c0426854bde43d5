"""The buckets in moto, which keeps their settings; every bucket exists there, too."""

from contextlib import suppress
from typing import Any

from moto.s3.exceptions import BucketAlreadyExists
from moto.s3.models import s3_backends
from moto.s3.utils import cors_matches_origin

from local.account import ACCOUNT_ID, REGION


def _buckets() -> Any:
    return s3_backends[ACCOUNT_ID]["aws"]


def create(name: str) -> None:
    """Create a bucket without settings, unless it exists."""
    with suppress(BucketAlreadyExists):
        _buckets().create_bucket(name, REGION)


def cors_headers(name: str, origin: str) -> dict[str, str]:
    """Return the headers that let a web page of this origin read an answer."""
    bucket = _buckets().buckets.get(name)
    for rule in bucket.cors if bucket else ():
        if rule.allowed_origins is not None and cors_matches_origin(origin, rule.allowed_origins):
            values = {
                "Access-Control-Allow-Methods": rule.allowed_methods,
                "Access-Control-Allow-Headers": rule.allowed_headers,
                "Access-Control-Expose-Headers": rule.exposed_headers,
                "Access-Control-Max-Age": rule.max_age_seconds,
            }
            return {"Access-Control-Allow-Origin": origin} | {name: _joined(value) for name, value in values.items() if value is not None}
    return {}


def _joined(value: list[str] | str) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
