"""The errors of DynamoDB, with its own codes and texts."""

from typing import Any

from local.aws.errors import AwsError

PREFIX = "com.amazonaws.dynamodb.v20120810#"


class Invalid(AwsError):
    """A request that DynamoDB never accepts; the message is DynamoDB's, as far as it is known."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "com.amazon.coral.validate#ValidationException", message)


class NotModelled(NotImplementedError):
    """A request that DynamoDB may accept and this code does not know; the message names what."""


def refusal(code: str, message: str, **fields: Any) -> AwsError:
    """Return an error in DynamoDB's namespace."""
    return AwsError(400, PREFIX + code, message, **fields)


def not_found(message: str = "Requested resource not found") -> AwsError:
    return refusal("ResourceNotFoundException", message)


def cancelled(reasons: list[dict[str, Any]]) -> AwsError:
    """Return the answer to a transaction with a refused part."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    # The real service also uses a capital M here; botocore accepts both.
    return refusal("TransactionCanceledException", message, CancellationReasons=reasons, Message=message)
