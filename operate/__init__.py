"""The owner's commands: for a deployed stack, or the service on this machine, by the same code."""

import sys
from pathlib import Path

# Lambda finds the layer by itself; here the repository is run as it lies, and nothing of it is installed.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "layers/cliprelay/python"))
