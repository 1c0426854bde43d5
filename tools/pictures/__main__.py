"""`python -m tools.pictures`, which `make pictures` calls."""

import sys

from tools.pictures.command import main

sys.exit(main(sys.argv[1:]))
