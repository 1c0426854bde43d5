"""The owner's commands: keys and secret of a deployed stack, or of the service on this machine, by the same code."""

import sys
from pathlib import Path

# Lambda finds the layer by itself; here the repository is run as it lies, and nothing of it is installed.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "layers/cliprelay/python"))
