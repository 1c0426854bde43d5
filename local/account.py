"""The local AWS account: its names, its only key pair and its clients."""

from typing import Any

import boto3
from botocore.config import Config

REGION = "us-east-1"
# moto's default, which is part of every ARN it creates.
ACCOUNT_ID = "123456789012"
STACK_NAME = "cliprelay"

ACCESS_KEY_ID = "LOCALCLIPRELAY"
SECRET_ACCESS_KEY = "local-secret-that-protects-nothing"  # noqa: S105  signs only local URLs
# Lambda functions have temporary credentials, so their presigned URLs contain a token here too.
SESSION_TOKEN = "local-session"  # noqa: S105

# `sam local invoke` signs with these when the caller has no AWS credentials; accept its URLs too.
SIGNERS = {ACCESS_KEY_ID: SECRET_ACCESS_KEY, "defaultkey": "defaultsecret"}


# botocore's default; sufficient for every call except a function invocation.
ANSWER_SECONDS = 60


def client(service: str, endpoint: str, answer_seconds: float = ANSWER_SECONDS) -> Any:
    """Create a boto3 client that ignores the developer's own AWS credentials and region."""
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs accept only literals
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        aws_session_token=SESSION_TOKEN,
        config=Config(
            retries={"total_max_attempts": 1},
            read_timeout=answer_seconds,
            # One connection per execution that waits for its function; opened on demand.
            max_pool_connections=1000,
            # By default botocore presigns with the old signature in this region, which S3 rejects.
            signature_version="s3v4" if service == "s3" else None,
        ),
    )
