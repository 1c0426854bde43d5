"""The upstream's error envelope and documented reasons; the status is explicit, because the documents disagree on it."""

from local.simulator.http.response import Response, json_response

# The reason for a fault that has only a status.
DEFAULT_REASONS = {
    400: "INVALID_REQUEST_BODY",
    401: "FAILED_TO_AUTH",
    402: "NOT_ENOUGH_BALANCE",
    403: "ACCESS_DENY",
    404: "TASK_NOT_FOUND",
    408: "REQUEST_TIMEOUT",
    429: "RATE_LIMIT_EXCEEDED",
    500: "CREATE_TASK_FAILED",
    503: "SERVICE_NOT_AVAILABLE",
}

_MESSAGES = {
    "FAILED_TO_AUTH": "failed to authenticate API key",
    "MISSING_API_KEY": "missing API key",
    "INVALID_API_KEY": "invalid API key",
    "ACCESS_DENY": "access denied",
    "NOT_ENOUGH_BALANCE": "not enough balance",
    "BILLING_BALANCE_NOT_ENOUGH": "billing balance not enough",
    "RATE_LIMIT_EXCEEDED": "rate limit exceeded, please try again later",
    "ILLEGAL_PROMPT": "the prompt contains illegal content",
    "ILLEGAL_IMAGE_CONTENT": "the image contains illegal content",
    "TASK_NOT_FOUND": "task not found",
    "CREATE_TASK_FAILED": "failed to create the task",
    "GET_RESULT_FAILED": "failed to get the result",
    "TASK_FAILED": "the task failed",
    "SERVICE_NOT_AVAILABLE": "service not available, server overload",
}


class UpstreamError(Exception):
    """A response in the error envelope; nothing was accepted."""

    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.message = message or _MESSAGES.get(reason, reason.replace("_", " ").lower())


def envelope(refusal: UpstreamError) -> dict[str, object]:
    return {"code": refusal.status, "reason": refusal.reason, "message": refusal.message, "metadata": {}}


def error_response(refusal: UpstreamError, **headers: str) -> Response:
    return json_response(refusal.status, envelope(refusal)).with_headers(**headers)


def invalid(message: str) -> UpstreamError:
    return UpstreamError(400, "INVALID_REQUEST_BODY", message)
