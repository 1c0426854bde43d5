"""Where moto's Lambda hands over to the pool, and what Lambda does with events that nobody waits for."""

import json
import threading
from collections.abc import Callable
from typing import Any

from local.lambda_runtime.pool import LambdaPool
from local.lambda_runtime.sandbox import InvocationResult
from local.stack.context import AsyncInvokeConfig

# Lambda waits one minute before the second attempt of an asynchronous event and two before the third.
ASYNCHRONOUS_DELAYS = (60, 120)

# Puts a message into the queue with this ARN.
SendToQueue = Callable[[str, str], None]
OnResult = Callable[[str, Any, InvocationResult], None]


class Invoker:
    """All invocations of this machine, whoever asks for them."""

    def __init__(
        self,
        pool: LambdaPool,
        asynchronous: dict[str, AsyncInvokeConfig],
        send_to_queue: SendToQueue,
        on_outcome: OnResult,
        time_scale: float,
    ) -> None:
        self._pool = pool
        self._asynchronous = asynchronous
        self._send_to_queue = send_to_queue
        self._on_outcome = on_outcome
        self._time_scale = time_scale
        self._stopped = threading.Event()

    def invoke(self, name: str, event: Any) -> InvocationResult:
        outcome = self._pool.invoke(name, json.dumps(event))
        self._on_outcome(name, event, outcome)
        return outcome

    def invoke_later(self, name: str, event: Any) -> None:
        """Returns at once; a failing function is tried again as the template's EventInvokeConfig says."""
        if not self._stopped.is_set():
            threading.Thread(target=self._try_until_done, args=(name, event), daemon=True).start()

    def stop(self) -> None:
        """What runs now may end; nothing is begun or tried again."""
        self._stopped.set()

    def _try_until_done(self, name: str, event: Any) -> None:
        settings = self._asynchronous.get(name, AsyncInvokeConfig())
        outcome = self.invoke(name, event)
        for delay in ASYNCHRONOUS_DELAYS[: settings.retries]:
            if not outcome.is_error or self._stopped.wait(delay * self._time_scale):
                return
            outcome = self.invoke(name, event)
        if outcome.is_error and settings.failure_queue_arn:
            record = {"requestPayload": event, "responsePayload": json.loads(outcome.payload)}
            self._send_to_queue(settings.failure_queue_arn, json.dumps(record))

    def for_moto(self) -> Callable[[Any, Any, Any, Any], bytes]:
        """Replaces `LambdaFunction.invoke`, through which moto's API and all its services come."""

        def invoke(function: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
            event = json.loads(body) if body else {}
            kind = request_headers.get("x-amz-invocation-type", "RequestResponse")
            if kind == "Event":
                self.invoke_later(function.function_name, event)
            if kind != "RequestResponse":
                return b""
            outcome = self.invoke(function.function_name, event)
            response_headers["x-amz-executed-version"] = "$LATEST"
            if outcome.is_error:
                response_headers["x-amz-function-error"] = "Unhandled"
            return outcome.payload.encode()

        return invoke
