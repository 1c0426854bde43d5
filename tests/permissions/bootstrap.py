"""Run in a sandbox in place of the local service's bootstrap, which follows once all calls are recorded."""

import os
import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    recording = runpy.run_path(str(HERE / "recording.py"))
    folder, function = (os.environ.pop(recording[name]) for name in ("FOLDER_VARIABLE", "FUNCTION_VARIABLE"))
    recording["record_calls"](Path(folder), function)
    sys.argv[0] = str(HERE.parents[1] / "local" / "lambda_runtime" / "bootstrap.py")
    runpy.run_path(sys.argv[0], run_name="__main__")
