"""What went wrong, in one line that says what to do about it and never carries what was sent."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError, ReadTimeoutError

from operate.errors import CommandError, describe

REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "not\n  you"}}, "GetItem")
GONE = EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoRegionError(), "add --region"),
        (NoCredentialsError(), "log in"),
        (REFUSED, "AWS refused GetItem: not you (AccessDenied)"),
        (ClientError({}, "GetItem"), "AWS refused GetItem: no reason given (unknown)"),
        (CommandError("two\nlines"), "two lines"),
        (GONE, "Could not connect to the endpoint"),
    ],
)
def test_an_error_is_one_line_with_its_remedy_or_its_reason(error: Exception, words: str) -> None:
    line = describe(error)
    assert words in line
    assert "\n" not in line


@pytest.mark.parametrize("error", [GONE, ReadTimeoutError(endpoint_url="http://127.0.0.1:4566")])
def test_a_local_service_that_does_not_answer_is_to_be_started(error: Exception) -> None:
    assert describe(error, is_local=True).startswith("the local service does not answer; restart it")


def test_a_refusal_of_the_local_service_is_a_refusal() -> None:
    assert describe(REFUSED, is_local=True).startswith("AWS refused GetItem")
