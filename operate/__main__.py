"""Entry point of `python -m operate`."""

import os
import signal
import sys
from types import FrameType


def _end(number: int, frame: FrameType | None) -> None:
    """End at once: during an import, libraries turn KeyboardInterrupt into errors of their own."""
    os.write(2, b"\npython -m operate: stopped\n")
    os._exit(130)


if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not ignored, as in the background of a script
    signal.signal(signal.SIGINT, _end)

try:
    from operate.main import main
except ModuleNotFoundError as missing:
    # Usually a system `python3` instead of the environment's interpreter.
    sys.exit(f"python -m operate: {missing.name} is not installed here; run `make setup`, then `.venv/bin/python -m operate`")

if __name__ == "__main__":
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
