"""The AWS account that exists only on this machine: its names, its one key pair, and clients for it."""

from typing import Any

import boto3
from botocore.config import Config

REGION = "us-east-1"
# moto's own default; every ARN it makes carries it.
ACCOUNT_ID = "123456789012"
STACK_NAME = "cliprelay"

ACCESS_KEY_ID = "LOCALCLIPRELAY"
SECRET_ACCESS_KEY = "local-secret-that-protects-nothing"  # noqa: S105  it signs links of this machine only
# Functions on Lambda hold temporary credentials; so their presigned URLs carry a token here too.
SESSION_TOKEN = "local-session"  # noqa: S105

# `sam local invoke` signs with these when the caller has no AWS credentials; its links must open as well.
SIGNERS = {ACCESS_KEY_ID: SECRET_ACCESS_KEY, "defaultkey": "defaultsecret"}


# botocore's own default; enough for every call but an invocation.
ANSWER_SECONDS = 60


def client(service: str, endpoint: str, answer_seconds: float = ANSWER_SECONDS) -> Any:
    """A boto3 client of this account; it never reads the developer's own AWS configuration for keys or region."""
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs know the services by literal only
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        aws_session_token=SESSION_TOKEN,
        config=Config(
            retries={"total_max_attempts": 1},
            read_timeout=answer_seconds,
            # One per execution that waits for its function; they are opened only when needed.
            max_pool_connections=1000,
            # botocore presigns for this region in the old way unless told otherwise, which S3's door refuses.
            signature_version="s3v4" if service == "s3" else None,
        ),
    )
