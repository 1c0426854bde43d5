"""What went wrong, in one line that says what to do about it."""

from typing import Protocol

from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004  botocore's, not Python's
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

NO_ANSWER = (ConnectionError, HTTPClientError, ResponseParserError)


class Place(Protocol):
    """A deployment, as far as words about it need to know."""

    @property
    def is_local(self) -> bool: ...


class Trouble(Exception):
    """Something the owner can mend; the message is the line that they read."""


def in_words(error: Exception, deployment: Place | None) -> str:
    """One line about an error of ours or of boto3, which never carries what was sent."""
    if deployment and deployment.is_local and isinstance(error, NO_ANSWER):
        return f"{deployment} does not answer; start it anew with `python -m local serve --ready-file PATH`"
    match error:
        case NoRegionError():
            text = "no AWS region is known: add --region, or set AWS_REGION"
        case NoCredentialsError() | PartialCredentialsError():
            text = "no AWS credentials were found: log in (`aws configure`, `aws sso login`), or name a profile with --profile"
        case ClientError():
            text = _refusal(error)
        case _:
            text = str(error)
    return " ".join(text.split())


def _refusal(error: ClientError) -> str:
    reason = error.response.get("Error", {})
    return f"AWS refused {error.operation_name}: {reason.get('Message') or 'no reason given'} ({reason.get('Code', 'unknown')})"
