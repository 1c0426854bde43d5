"""AWS for processes that measure time: canned answers where botocore would open a connection, so that requests are whole.

It stands alone, because it runs on any interpreter with the layer's packages.
"""

import json

ANSWERS: dict[str, dict[str, object]] = {
    "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
    "UpdateItem": {"Attributes": {}},
    "GetSecretValue": {"SecretString": "any", "ARN": "any", "Name": "any"},
    "Query": {"Count": 0, "ScannedCount": 0, "Items": []},
    "StartExecution": {"executionArn": "any", "startDate": 1.0},
}
API_KEY = {"Item": {"key_sha256": {"S": "any"}, "tenant": {"S": "acme"}, "created_at": {"S": "any"}, "hint": {"S": "any"}}}


class Body:
    """The body of an answer, as urllib3 gives it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: object, **__: object) -> list[bytes]:
        """Return the whole body."""
        return [self._content]


def send(_session: object, request: object) -> object:
    """Answer a request by its operation."""
    from botocore.awsrequest import AWSResponse

    target = request.headers.get("X-Amz-Target", "")  # type: ignore[attr-defined]
    operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
    is_key = operation == "GetItem" and b"key_sha256" in request.body  # type: ignore[attr-defined]
    answer = API_KEY if is_key else ANSWERS.get(operation, {})
    # S3 answers in headers, and takes a body for an error.
    content = json.dumps(answer).encode() if operation else b""
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    return AWSResponse("any", 200, headers, Body(content))  # type: ignore[arg-type]  # botocore reads them like a dict


class Context:
    """What Lambda tells a function about its invocation."""

    aws_request_id, function_name, memory_limit_in_mb = "any", "any", 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:any"

    def get_remaining_time_in_millis(self) -> int:
        """Return a minute."""
        return 60_000


def install() -> None:
    """Let no client of this process open a connection."""
    import botocore.httpsession

    botocore.httpsession.URLLib3Session.send = send  # type: ignore[assignment]
