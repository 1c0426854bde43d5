"""Import one built handler and ask it, with its own folder and its layers as the only packages.

Runs as a script in its own process: `python -I -S -B probe.py`, with the request as JSON on standard input and the result as
JSON on standard output. Only the standard library, because nothing else exists there."""

import importlib
import json
import os
import sys
import time
from importlib.machinery import SourceFileLoader
from typing import Any

# Of sources below these folders, no cold start on Lambda may compile one.
_compiled: list[str] = []
_compile = SourceFileLoader.source_to_code


def _noted(self: SourceFileLoader, data: Any, path: Any, *rest: Any, **options: Any) -> Any:
    _compiled.append(str(path))
    return _compile(self, data, path, *rest, **options)


class Context:
    """The second argument of a handler."""

    aws_request_id = "build-check"
    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    function_version = "$LATEST"
    memory_limit_in_mb = "1024"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:build-check"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Return the answers to the events, the processor time of the import, and the sources that were compiled."""
    sys.path[:0] = request["folders"]
    SourceFileLoader.source_to_code = _noted  # type: ignore[assignment, method-assign]
    module, function = request["handler"].rsplit(".", 1)
    began = time.process_time()
    handler = getattr(importlib.import_module(module), function)
    seconds = time.process_time() - began
    answers = [handler(event, Context()) for event in request["events"]]
    compiled = [path for path in _compiled if path.startswith(tuple(request["layers"]))]
    return {"answers": answers, "seconds": round(seconds, 3), "compiled": compiled}


if __name__ == "__main__":
    # Lambda keeps a handler's prints apart from its answer.
    with os.fdopen(os.dup(1), "w") as answer:
        os.dup2(2, 1)
        json.dump(main(json.load(sys.stdin)), answer, default=str)
