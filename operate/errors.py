"""Turn exceptions into one-line messages that say what to do."""

from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004  botocore's, not Python's
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

UNREACHABLE = (ConnectionError, HTTPClientError, ResponseParserError)


class CommandError(Exception):
    """An error that the operator can fix; its message is printed as is."""


def describe(error: Exception, *, is_local: bool = False) -> str:
    """Describe one of our or boto3's errors in one line, without any request data; `is_local` if the local service was called."""
    if is_local and isinstance(error, UNREACHABLE):
        return "the local service does not answer; restart it with `python -m local serve --ready-file PATH`"
    match error:
        case NoRegionError():
            text = "no AWS region is configured: add --region, or set AWS_REGION"
        case NoCredentialsError() | PartialCredentialsError():
            text = "no AWS credentials found: log in (`aws configure`, `aws sso login`), or select a profile with --profile"
        case ClientError():
            text = _describe_client_error(error)
        case _:
            text = str(error)
    return " ".join(text.split())


def _describe_client_error(error: ClientError) -> str:
    reason = error.response.get("Error", {})
    return f"AWS refused {error.operation_name}: {reason.get('Message') or 'no reason given'} ({reason.get('Code', 'unknown')})"
