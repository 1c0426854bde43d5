"""`python -m tests.openapi_document > docs/openapi.json`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "layers" / "cliprelay" / "python"))

from tests.openapi_document.document import document

sys.stdout.write(document())
