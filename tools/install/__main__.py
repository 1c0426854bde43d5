"""`python -m tools.install GROUP`, which `make` calls."""

import sys

from tools.install.command import main

sys.exit(main(sys.argv[1:]))
