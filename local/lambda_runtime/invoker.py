"""Connect moto's Lambda to the pool, and retry asynchronous invocations."""

import json
import threading
from collections.abc import Callable
from typing import Any

from local.lambda_runtime.pool import LambdaPool
from local.lambda_runtime.sandbox import InvocationResult
from local.stack.context import AsyncInvokeConfig

# Lambda waits one minute before the second attempt of an asynchronous invocation and two before the third.
ASYNC_RETRY_DELAYS = (60, 120)

# Sends a message to the queue with this ARN.
SendToQueue = Callable[[str, str], None]
OnResult = Callable[[str, Any, InvocationResult], None]


class Invoker:
    """Runs all invocations, whoever requests them."""

    def __init__(
        self,
        pool: LambdaPool,
        asynchronous: dict[str, AsyncInvokeConfig],
        send_to_queue: SendToQueue,
        on_result: OnResult,
        time_scale: float,
    ) -> None:
        self._pool = pool
        self._asynchronous = asynchronous
        self._send_to_queue = send_to_queue
        self._on_result = on_result
        self._time_scale = time_scale
        self._stopped = threading.Event()

    def invoke(self, name: str, event: Any) -> InvocationResult:
        result = self._pool.invoke(name, json.dumps(event))
        self._on_result(name, event, result)
        return result

    def error_of(self, name: str, event: Any) -> str | None:
        """Invoke a function and return the type of its error, if any."""
        try:
            result = self.invoke(name, event)
        except KeyError:
            return "unknown function"
        return result.error_type or "error" if result.is_error else None

    def invoke_later(self, name: str, event: Any) -> None:
        """Invoke in the background and return at once; retry according to the template's EventInvokeConfig."""
        if not self._stopped.is_set():
            threading.Thread(target=self._invoke_with_retries, args=(name, event), daemon=True).start()

    def stop(self) -> None:
        """Stop starting and retrying invocations; running ones may finish."""
        self._stopped.set()

    def _invoke_with_retries(self, name: str, event: Any) -> None:
        settings = self._asynchronous.get(name, AsyncInvokeConfig())
        result = self.invoke(name, event)
        for delay in ASYNC_RETRY_DELAYS[: settings.retries]:
            if not result.is_error or self._stopped.wait(delay * self._time_scale):
                return
            result = self.invoke(name, event)
        if result.is_error and settings.failure_queue_arn:
            record = {"requestPayload": event, "responsePayload": json.loads(result.payload)}
            self._send_to_queue(settings.failure_queue_arn, json.dumps(record))

    def for_moto(self) -> Callable[[Any, Any, Any, Any], bytes]:
        """Return the replacement for `LambdaFunction.invoke`, which moto's API and services call."""

        def invoke(function: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
            event = json.loads(body) if body else {}
            kind = request_headers.get("x-amz-invocation-type", "RequestResponse")
            if kind == "Event":
                self.invoke_later(function.function_name, event)
            if kind != "RequestResponse":
                return b""
            result = self.invoke(function.function_name, event)
            response_headers["x-amz-executed-version"] = "$LATEST"
            if result.is_error:
                response_headers["x-amz-function-error"] = "Unhandled"
            return result.payload.encode()

        return invoke
