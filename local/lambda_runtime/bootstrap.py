"""Import one handler and run its events one by one inside a sandbox, as Lambda's runtime does.

Runs as a script in its own process, with only the environment that the template gives the function. It imports
nothing from the local service, so that the handler cannot depend on anything missing on Lambda.

Requests and responses are JSON lines on one socket. Its end means that the parent is gone."""

import importlib
import json
import os
import queue
import socket
import sys
import threading
import time
import traceback
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TextIO


class Context:
    """The second argument of a handler."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id: str = request["request_id"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn: str = request["function_arn"]
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + request["seconds"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def read_requests(channel: TextIO, requests: "queue.Queue[dict[str, Any]]") -> None:
    """Read requests on a separate thread, so that a busy sandbox notices the loss of its parent."""
    try:
        for line in channel:
            requests.put(json.loads(line))
    except OSError:
        pass  # a killed parent can cause a reset instead of an end of file
    finally:
        os._exit(0)


def describe(error: BaseException, kind: str | None = None) -> dict[str, Any]:
    """Describe an unhandled exception as Lambda does."""
    return {
        "errorType": kind or type(error).__name__,
        "errorMessage": str(error),
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def log(description: dict[str, Any], request_id: str = "") -> dict[str, Any]:
    """Print a description as one line and return it, as Lambda's runtime does with the log format JSON."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    print(json.dumps({"timestamp": now, "log_level": "ERROR", **description, "requestId": request_id}))
    return description


def encode_unknown(value: Any) -> Any:
    """Encode a Decimal as a number, as Lambda's runtime does; reject other types unknown to JSON."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def load_handler(name: str) -> Any:
    module_name, function_name = name.rsplit(".", 1)
    return getattr(importlib.import_module(module_name.replace("/", ".")), function_name)


def answer(handler: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Run the handler; SystemExit is not caught and ends the process, as on Lambda."""
    try:
        result = handler(request["event"], Context(request))
    except Exception as error:
        return {"error": log(describe(error), request["request_id"])}
    try:
        return {"result": json.dumps(result, default=encode_unknown)}
    except Exception as error:
        return {"error": log(describe(error, "Runtime.MarshalError"), request["request_id"])}


def main(descriptor: int, folders: list[str]) -> None:
    channel = socket.socket(fileno=descriptor)
    # Several sandboxes write to one file, so each log line is written at once and whole.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # it is a TextIOWrapper here
    # Retain only the interpreter's own paths, because the repository does not exist on Lambda.
    sys.path[:] = [*folders, *(entry for entry in sys.path if entry.startswith((sys.prefix, sys.base_prefix)))]

    def send(message: dict[str, Any]) -> None:
        sys.stdout.flush()
        channel.sendall(json.dumps(message).encode() + b"\n")

    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    reader = channel.makefile("r", encoding="utf-8", newline="\n")
    threading.Thread(target=read_requests, args=(reader, requests), daemon=True).start()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except ImportError as error:
        send({"error": log(describe(error, "Runtime.ImportModuleError"))})
        sys.exit(1)
    except Exception as error:
        send({"error": log(describe(error))})
        sys.exit(1)
    send({"ready": True})
    while True:
        send(answer(handler, requests.get()))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
