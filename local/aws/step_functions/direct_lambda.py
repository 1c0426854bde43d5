"""The interpreter's Lambda client: calls the functions of the template without HTTP."""

import io
import json
import re
from collections.abc import Callable, Container
from typing import Any

from botocore.response import StreamingBody

from local.lambda_runtime.sandbox import InvocationResult

# A name, or an ARN without a version.
_FUNCTION = re.compile(r"(?:(?:.+:)?function:)?([A-Za-z0-9_-]+)")

_DIRECT = {"FunctionName", "Payload", "InvocationType"}


class DirectLambda:
    """Answers synchronous invocations as boto3's client does, and leaves everything else to that client."""

    def __init__(self, invoke: Callable[[str, Any], InvocationResult], functions: Container[str], client: Any) -> None:
        self._invoke, self._functions, self._client = invoke, functions, client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def invoke(self, **parameters: Any) -> Any:
        name = _FUNCTION.fullmatch(parameters["FunctionName"])
        is_direct = not parameters.keys() - _DIRECT and parameters.get("InvocationType", "RequestResponse") == "RequestResponse"
        if not is_direct or name is None or name.group(1) not in self._functions:
            return self._client.invoke(**parameters)
        return _response(self._invoke(name.group(1), json.loads(parameters.get("Payload") or "{}")))


def _response(result: InvocationResult) -> dict[str, Any]:
    payload = result.payload.encode()
    error = {"FunctionError": "Unhandled"} if result.is_error else {}
    return {"StatusCode": 200, **error, "ExecutedVersion": "$LATEST", "Payload": StreamingBody(io.BytesIO(payload), len(payload))}
