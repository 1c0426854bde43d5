"""`python -m tools.build_check`, which `make build-check` calls."""

import sys

from tools.build_check.command import main

sys.exit(main(sys.argv[1:]))
