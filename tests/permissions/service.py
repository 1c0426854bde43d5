"""`python -m local`, with the AWS calls of its functions recorded; with `--stock-videos` first, tasks share encoded videos.

The product has no switch for either: the sandboxes only start with another script, and the simulator with another option.
"""

import os
import sys
from functools import partial
from pathlib import Path

from local.__main__ import main
from local.lambda_runtime import sandbox
from local.stack.context import Function
from tests.permissions.recording import FOLDER_VARIABLE, FUNCTION_VARIABLE

_environment = sandbox.environment


def environment(function: Function, endpoint: str, temporary: str) -> dict[str, str]:
    """Return the sandbox's environment, with where its calls are recorded, and as whose."""
    recorded = {FOLDER_VARIABLE: os.environ[FOLDER_VARIABLE], FUNCTION_VARIABLE: function.logical_id}
    return _environment(function, endpoint, temporary) | recorded


if __name__ == "__main__":
    sandbox.environment = environment
    sandbox.BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
    if sys.argv[1] == "--stock-videos":
        from local.simulator import service

        del sys.argv[1]
        service.Simulator = partial(service.Simulator, cheap=True)  # type: ignore[assignment, misc]
    sys.exit(main(sys.argv[1:]))
