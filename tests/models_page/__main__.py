"""`python -m tests.models_page > docs/models.md`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "layers" / "cliprelay" / "python"))

from tests.models_page.page import page

sys.stdout.write(page())
