"""ClipRelay on one machine: the application of template.yaml, served without Docker and without an AWS account."""

import sys
from pathlib import Path

# The layer is a folder of the repository, not an installed package: on Lambda it lies on the path by itself.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "layers" / "cliprelay" / "python"))
